import { fullName, ownName } from "./account-objects.ts";
import { ingressHost } from "./addresses.ts";
import { rolesThatOwnNoService } from "./privileges.ts";
import { serviceStatus } from "./service-machine.ts";
import type { ServiceObject, UserObject } from "./state.ts";
import type { AccountParts } from "./statement-context.ts";

/** A public endpoint that a request has been let in to. */
export interface IngressTarget {
  readonly kind: "target";
  /** `DATABASE.SCHEMA.SERVICE`. */
  readonly service: string;
  readonly serviceId: number;
  readonly endpoint: string;
  readonly port: number;
  readonly user: string;
}

/** Why not, with the HTTP status to answer. */
export interface IngressRefusal {
  readonly kind: "refusal";
  readonly status: 403 | 404 | 503;
  readonly message: string;
}

/** Who asks: without a role it is the user's default role. */
export interface IngressVisitor {
  readonly user: string;
  readonly role?: string;
}

/** Where a request to a host goes, if its sender may. The host may carry a port. */
export function enterIngress(
  host: string,
  visitor: IngressVisitor,
  parts: AccountParts,
): IngressTarget | IngressRefusal {
  const found = findEndpoint(host, parts);
  if (found === undefined) return refusal(404, "No such endpoint");
  const { service, endpoint, port } = found;
  const user = parts.objects.find("USER", [visitor.user]);
  const role = visitor.role ?? user?.defaultRole ?? "PUBLIC";
  if (rolesThatOwnNoService.has(role)) return refusal(403, "invalid consent request");
  if (!isAssignable(user, role, parts) || !mayUse(user, role, found, parts)) {
    return refusal(403, `Role ${role} is not authorized to access endpoint ${endpoint}`);
  }
  if (!parts.access.roleHolds(service.owner, "BIND SERVICE ENDPOINT", undefined)) {
    return refusal(403, `The owner of ${ownName(service)} lacks BIND SERVICE ENDPOINT`);
  }
  if (serviceStatus(service) !== "RUNNING") return refusal(503, "The service is not running");
  return {
    kind: "target",
    service: fullName(service),
    serviceId: service.id,
    endpoint,
    port,
    user: visitor.user,
  };
}

interface FoundEndpoint {
  readonly service: ServiceObject;
  readonly endpoint: string;
  readonly port: number;
}

function findEndpoint(host: string, parts: AccountParts): FoundEndpoint | undefined {
  const wanted = withoutPort(host);
  const now = parts.options.now();
  for (const service of parts.objects.all("SERVICE")) {
    if (now < service.createdOn + parts.timings.endpointProvision) continue;
    for (const { name, port, public: isPublic } of service.specification.spec.endpoints ?? []) {
      if (isPublic !== true || port === undefined) continue;
      if (withoutPort(ingressHost(parts.options, service, name)) === wanted) {
        return { service, endpoint: name, port };
      }
    }
  }
  return undefined;
}

function withoutPort(host: string): string {
  return host.toLowerCase().replace(/:\d+$/, "");
}

function isAssignable(
  user: UserObject | undefined,
  role: string,
  { access }: AccountParts,
): boolean {
  return user !== undefined && !user.isDisabled && access.assignableRoles(ownName(user)).has(role);
}

function mayUse(
  user: UserObject | undefined,
  role: string,
  { service, endpoint }: FoundEndpoint,
  { access }: AccountParts,
): boolean {
  const hasSecondaryRoles = user?.hasDefaultSecondaryRoles ?? false;
  const name = user === undefined ? "" : ownName(user);
  return access.mayUseEndpoint({ user: name, role, hasSecondaryRoles }, service, endpoint);
}

function refusal(status: IngressRefusal["status"], message: string): IngressRefusal {
  return { kind: "refusal", status, message };
}
