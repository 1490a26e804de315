import type { DescMessage } from "@bufbuild/protobuf";
import { StatusSchema } from "../wire/gen/common_pb.ts";
import { MilvusService } from "../wire/gen/milvus_pb.ts";
import { WireReader } from "../wire/wire-reader.ts";

/** What the metrics count of a response. */
export interface ResponseSummary {
  /** `Status.code`: 0 when the request succeeded. */
  code: number;
  /** Rows that were inserted or upserted. */
  inserted: number;
  deleted: number;
  /** Vectors that were searched for. */
  searched: number;
}

type FieldAction = (reader: WireReader, summary: ResponseSummary) => void;

/** What to read of a message, by field number. The rest is skipped unread. */
type FieldActions = Readonly<Record<number, FieldAction>>;

const statusActions: FieldActions = {
  3: (reader, summary) => {
    summary.code = reader.int32();
  },
};

const searchResultDataActions: FieldActions = {
  1: (reader, summary) => {
    summary.searched = Number(reader.int64());
  },
};

/** Beside the status, by the name of the response message. */
const countingActions: Readonly<Record<string, FieldActions>> = {
  MutationResult: {
    6: (reader, summary) => {
      summary.inserted += Number(reader.int64());
    },
    7: (reader, summary) => {
      summary.deleted += Number(reader.int64());
    },
    8: (reader, summary) => {
      summary.inserted += Number(reader.int64());
    },
  },
  SearchResults: {
    2: (reader, summary) => readFields(reader.message(), summary, searchResultDataActions),
  },
};

const actionsByMethod: ReadonlyMap<string, FieldActions> = new Map(
  MilvusService.methods.map(({ name, output }) => [name, actionsOf(output)]),
);

/** Reads only the numbers that are counted: it costs the same for one row as for a thousand. */
export function summarise(method: string, response: Uint8Array): ResponseSummary {
  const summary: ResponseSummary = { code: 0, inserted: 0, deleted: 0, searched: 0 };
  const actions = actionsByMethod.get(method);
  if (actions !== undefined) readFields(new WireReader(response), summary, actions);
  return summary;
}

function actionsOf(message: DescMessage): FieldActions {
  if (message.typeName === StatusSchema.typeName) return statusActions;
  const status = message.fields.find((field) => field.message?.typeName === StatusSchema.typeName);
  if (status === undefined) return {};
  return {
    ...countingActions[message.name],
    [status.number]: (reader, summary) => readFields(reader.message(), summary, statusActions),
  };
}

function readFields(reader: WireReader, summary: ResponseSummary, actions: FieldActions): void {
  while (reader.next()) {
    const action = actions[reader.field];
    if (action === undefined) reader.skip();
    else action(reader, summary);
  }
}
