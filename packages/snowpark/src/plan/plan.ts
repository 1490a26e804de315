import { type Deployment, inSchema, resourceId } from "../resources/deployment.ts";
import type {
  Change,
  Observation,
  Resource,
  ResourceContext,
  Step,
} from "../resources/resource.ts";
import { farewellSnapshot, leftSnapshots } from "../resources/snapshot.ts";
import { desired, possible } from "./desired.ts";
import { Slots } from "./slots.ts";

const looksAtATime = 4;

/** What is to be done with one resource. */
export interface PlanNode {
  readonly resource: Resource;
  readonly goal: "present" | "absent";
  /** The ids of the nodes that come first. */
  readonly after: readonly string[];
  /** What a look at the account found when the plan was made. It is looked at again when its turn comes. */
  readonly action: PlannedAction;
}

export interface PlannedAction {
  readonly kind: "none" | "create" | "update" | "delete" | "wait" | "refused";
  /** Such as the fields that differ. Empty where the kind says it all. */
  readonly reason: string;
  readonly changes: readonly Change[];
  readonly steps: readonly Step[];
}

/** A way from what the account holds to what it should hold. */
export interface Plan {
  readonly deployment: Deployment;
  readonly goal: "up" | "down";
  /** Each behind all that it comes after. */
  readonly nodes: readonly PlanNode[];
}

/**
 * What is to be done so that a deployment is there. Only looks.
 *
 * @throws SnowparkError as {@link desired} and the session do.
 */
export async function planUp(deployment: Deployment, context: ResourceContext): Promise<Plan> {
  const wanted = desired(deployment);
  const ids = new Set(wanted.map(({ id }) => id));
  const nodes: PlanNode[] = await lookAt(inOrder(wanted), async (resource) => {
    const action = actionFor("present", await resource.observe(context));
    return { resource, goal: "present", after: resource.dependsOn, action };
  });
  // What an earlier configuration asked for goes when all that may have used it has been changed.
  const isRetired = ({ id, atEnd }: Resource): boolean => !ids.has(id) && atEnd === "removed";
  for (const node of await removals(possible(deployment), isRetired, context)) {
    if (node.action.kind !== "none") {
      nodes.push({ ...node, after: [...node.after, ...ids] });
    }
  }
  return { deployment, goal: "up", nodes };
}

export interface DownOptions {
  /** Removes the data, too: the volume's, the notebook's, the password, and the database that they are in. */
  readonly deleteData: boolean;
  readonly now: Date;
}

/** What is to be done so that a deployment is gone: all of it, or all but its data. Only looks. */
export async function planDown(
  deployment: Deployment,
  context: ResourceContext,
  options: DownOptions,
): Promise<Plan> {
  const { deleteData, now } = options;
  const all = possible(deployment);
  const { service } = deployment.config.names;
  const serviceId = resourceId("service", inSchema(deployment, service));
  if (deleteData) {
    const snapshots = leftSnapshots(deployment);
    // Snowflake takes a snapshot of its own as the service goes: they go after it.
    const linked = all.map((resource) =>
      resource.id === serviceId
        ? { ...resource, dependsOn: [...resource.dependsOn, snapshots.id] }
        : resource,
    );
    const nodes = await removals([...linked, snapshots], ({ atEnd }) => atEnd !== "falls", context);
    return { deployment, goal: "down", nodes };
  }
  const nodes = await removals(all, ({ atEnd }) => atEnd === "removed", context);
  const snapshot = farewellSnapshot(deployment, now);
  const action = actionFor("present", await snapshot.observe(context));
  const behind = nodes.map((node) =>
    node.resource.id === serviceId ? { ...node, after: [...node.after, snapshot.id] } : node,
  );
  const first: PlanNode = { resource: snapshot, goal: "present", after: [], action };
  return { deployment, goal: "down", nodes: [first, ...behind] };
}

/** Whether there is nothing to do. */
export function isEmpty(plan: Plan): boolean {
  return plan.nodes.every(({ action }) => action.kind === "none");
}

/** What follows from an observation. */
export function actionFor(goal: PlanNode["goal"], observation: Observation): PlannedAction {
  const action = { reason: "", changes: [], steps: [] };
  switch (observation.kind) {
    case "unsettled":
      return { ...action, kind: "wait", reason: observation.message };
    case "foreign":
      return goal === "absent"
        ? { ...action, kind: "none", reason: observation.found }
        : { ...action, kind: "refused", reason: observation.found };
    case "absent":
      return goal === "absent"
        ? { ...action, kind: "none" }
        : {
            kind: "create",
            reason: observation.note ?? "",
            changes: [],
            steps: observation.create,
          };
    case "present":
      return goal === "absent"
        ? { ...action, kind: "delete", steps: observation.remove }
        : changing(observation.changes);
  }
}

function changing(changes: readonly Change[]): PlannedAction {
  if (changes.length === 0) {
    return { kind: "none", reason: "", changes, steps: [] };
  }
  const blocked = changes.find((change) => change.blocked !== undefined);
  if (blocked !== undefined) {
    const reason = `${describeChange(blocked)}, but ${blocked.blocked}`;
    return { kind: "refused", reason, changes, steps: [] };
  }
  return {
    kind: "update",
    reason: changes.map(describeChange).join("; "),
    changes,
    steps: changes.flatMap(({ steps }) => steps),
  };
}

function describeChange({ field, is, wanted }: Change): string {
  return `${field} is ${is === "" ? "empty" : is}, should be ${wanted === "" ? "empty" : wanted}`;
}

/** Removals in the order in which things can go: each behind all that depends on it, by whatever it does. */
async function removals(
  all: readonly Resource[],
  goes: (resource: Resource) => boolean,
  context: ResourceContext,
): Promise<PlanNode[]> {
  const ordered = inOrder(all);
  const needs = new Map<string, ReadonlySet<string>>();
  for (const { id, dependsOn } of ordered) {
    needs.set(id, new Set(dependsOn.flatMap((other) => [other, ...(needs.get(other) ?? [])])));
  }
  return lookAt(ordered.filter(goes).reverse(), async (resource) => {
    const dependents = ordered.filter(
      (other) => goes(other) && needs.get(other.id)?.has(resource.id),
    );
    const action = actionFor("absent", await resource.observe(context));
    return { resource, goal: "absent", after: dependents.map(({ id }) => id), action };
  });
}

/** Looks at resources a few at a time. */
function lookAt(
  resources: readonly Resource[],
  nodeOf: (resource: Resource) => Promise<PlanNode>,
): Promise<PlanNode[]> {
  const slots = new Slots(looksAtATime);
  return Promise.all(resources.map((resource) => slots.use(() => nodeOf(resource))));
}

/** Each behind what it depends on. */
function inOrder(resources: readonly Resource[]): Resource[] {
  const byId = new Map(resources.map((resource) => [resource.id, resource]));
  const placed = new Set<Resource>();
  const place = (resource: Resource): void => {
    if (placed.has(resource)) {
      return;
    }
    for (const id of resource.dependsOn) {
      const before = byId.get(id);
      if (before !== undefined) {
        place(before);
      }
    }
    placed.add(resource);
  };
  for (const resource of resources) {
    place(resource);
  }
  return [...placed];
}
