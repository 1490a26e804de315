import {
  boolean,
  choice,
  integer,
  list,
  type Shape,
  type TextShape,
  text,
} from "../specification/shape.ts";
import type { SnowparkConfig } from "./snowpark-config.ts";

/** A key of `snowpark.yaml`: what it may be, and what it is for. */
export interface ConfigField {
  readonly shape: Shape;
  readonly description: string;
}

/** A key with keys of its own. */
export interface ConfigSection {
  readonly description: string;
  readonly fields: ConfigFields;
}

export type ConfigFields = Readonly<Record<string, ConfigField | ConfigSection>>;

/** Objects that this tool makes have plain names: they are parts of the registry's addresses and of host names. */
const plainName: TextShape = text(
  /^[A-Za-z_][A-Za-z0-9_]{0,62}$/,
  "a name of letters, digits and _ that begins with no digit, of at most 63 characters",
);

/** Names of what others made may be any. Plain ones are taken in upper case, as Snowflake stores them. */
const anyName: TextShape = text(/^[^\0\r\n]{1,255}$/, "a name of 1 to 255 characters on one line");

/** What every cloud has: Google begins at 4 GiB, AWS goes to 64 TiB. The account says so at `up`. */
const volumeSize: TextShape = text(
  /^(?:[1-9]\d{0,3}|1[0-5]\d{3}|16[0-2]\d{2}|163[0-7]\d|1638[0-4])Gi$/,
  "a size from 1Gi to 16384Gi in whole Gi",
);

const hostAndPort: TextShape = text(
  /^(?=.{3,260}$)(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}:(?:[1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5])$/,
  "a host and its port, such as pypi.org:443",
);

const secondsOfAutoSuspend = 86_400 * 7;

function nameOf(what: string, shape: Shape = plainName): ConfigField {
  return { shape, description: what };
}

/** Every key of `snowpark.yaml`. The checks and the published JSON Schema both come from here. */
export const configFields: ConfigFields & Readonly<Record<keyof SnowparkConfig, unknown>> = {
  name: {
    shape: text(
      /^[a-z][a-z0-9_]{0,30}$/,
      "a small letter, then small letters, digits and _, 31 characters at most",
    ),
    description: "The deployment. Names of objects are made of it, in upper case.",
  },
  connection: {
    shape: anyName,
    description:
      "A connection of connections.toml or config.toml. Without: the default connection.",
  },
  adminRole: {
    shape: anyName,
    description: "The role that makes roles, grants and integrations. It does nothing else.",
  },
  names: {
    description: "Names of single objects, where those made of `name` do not suit.",
    fields: {
      ownerRole: nameOf(
        "Owns everything. No administrator's role: those can't own services.",
        anyName,
      ),
      userRole: nameOf("Opens the notebook and calls the functions.", anyName),
      warehouse: nameOf("Runs SQL of the notebook and of the functions.", anyName),
      database: nameOf("Holds everything that lives in a schema."),
      schema: nameOf("Holds repository, services, stage, secret and functions."),
      repository: nameOf("Keeps the images."),
      pool: nameOf("The nodes that the containers run on."),
      service: nameOf("The vector database."),
      notebookService: nameOf("Jupyter."),
      stage: nameOf("Keeps the notebook's work."),
      rootSecret: nameOf("Keeps the password of the database's root."),
      networkRule: nameOf("Lists what the containers may reach. Made for `egress` only."),
      externalAccessIntegration: nameOf("Lets the services use the rule. Made for `egress` only."),
    },
  },
  existing: {
    shape: list(choice("ownerRole", "userRole", "warehouse", "database", "schema"), { max: 5 }),
    description:
      "Which of `names` are there already. They are used as they are: never made, changed or dropped.",
  },
  users: {
    shape: list(anyName, { max: 1000 }),
    description:
      "Users, who exist already, to give the user role to. Plain names are taken in upper case, others as written.",
  },
  engine: {
    description: "What serves vectors.",
    fields: {
      kind: {
        shape: choice("redkite", "milvus"),
        description: "Redkite's own server, or the upstream image of Milvus.",
      },
      version: {
        shape: text(/^v?\d+\.\d+\.\d+(?:-[0-9A-Za-z.]+)?$/, "a version such as 2.6.4"),
        description: "The version of Milvus. Needed with it, and with it only.",
      },
    },
  },
  notebook: { shape: boolean, description: "Whether a Jupyter notebook is deployed as well." },
  pool: {
    description:
      "The compute pool. It is what costs: by the hour and node while it is not suspended.",
    fields: {
      instanceFamily: {
        shape: text(/^[A-Z][A-Z0-9_]{1,62}$/, "an instance family such as CPU_X64_S"),
        description: "SHOW COMPUTE POOL INSTANCE FAMILIES lists those of the account.",
      },
      minNodes: { shape: integer(1, 50), description: "Nodes that always run." },
      maxNodes: { shape: integer(1, 50), description: "Nodes at most." },
      autoSuspendSeconds: {
        shape: integer(0, secondsOfAutoSuspend),
        description:
          "How long the pool stays up with nothing running in it. 0: for ever. A running service keeps it up.",
      },
    },
  },
  storage: {
    description: "The block volume that keeps the vectors.",
    fields: {
      size: { shape: volumeSize, description: "In GiB, as 10Gi. It can't be changed later." },
    },
  },
  backup: {
    description: "Snapshots of the volume.",
    fields: {
      onDelete: {
        shape: boolean,
        description: "Whether a snapshot is kept when the service is dropped.",
      },
      keep: { shape: integer(1, 100), description: "How many snapshots `backup` leaves." },
    },
  },
  egress: {
    shape: list(hostAndPort, { max: 100 }),
    description: "Hosts that the containers may reach. None: nothing is opened.",
  },
  warehouse: {
    description: "A warehouse for SQL of the notebook and for calls of the functions.",
    fields: {
      enabled: { shape: boolean, description: "Whether there is one." },
      size: {
        shape: choice("X-SMALL", "SMALL", "MEDIUM", "LARGE", "X-LARGE"),
        description: "Its size.",
      },
      autoSuspendSeconds: {
        shape: integer(60, secondsOfAutoSuspend),
        description: "How long it stays up with nothing to do.",
      },
    },
  },
  rest: {
    description: "Access from outside of Snowflake.",
    fields: {
      public: {
        shape: boolean,
        description:
          "Whether REST is reachable through the ingress by whoever has the user role, as `proxy` and `verify` need.",
      },
    },
  },
};

export function isSection(field: ConfigField | ConfigSection): field is ConfigSection {
  return "fields" in field;
}
