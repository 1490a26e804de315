// Generates packages/milvus/src/wire/gen from the message definitions that Milvus's official Node
// SDK ships. The SDK holds them as protobufjs JSON, so they are first turned back into protobuf's
// own descriptors, from which protoc-gen-es makes typed messages.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const packageFolder = join(root, "packages/milvus");
const outputFolder = join(packageFolder, "src/wire/gen");

// The generator's dependencies are those of packages/milvus.
const requireForMilvus = createRequire(join(packageFolder, "package.json"));
const { create, fromBinary, toBinary } = requireForMilvus("@bufbuild/protobuf");
const wkt = requireForMilvus("@bufbuild/protobuf/wkt");
const { FieldDescriptorProto_Label: Label, FieldDescriptorProto_Type: Type } = wkt;

const plugin = join(
  dirname(requireForMilvus.resolve("@bufbuild/protoc-gen-es/package.json")),
  "bin/protoc-gen-es",
);
const pluginOptions = "target=ts,import_extension=ts,erasable_syntax=true";
const definitionsFile = join(
  dirname(requireForMilvus.resolve("@zilliz/milvus2-sdk-node/package.json")),
  "dist/milvus/proto-json/milvus.js",
);

/** The packages of Milvus's protocol. Each was one .proto file of the package's name. */
const packagePrefix = "milvus.proto.";

/** Types of fields that are neither messages nor enums. */
const scalarTypes = {
  double: Type.DOUBLE,
  float: Type.FLOAT,
  int64: Type.INT64,
  uint64: Type.UINT64,
  int32: Type.INT32,
  fixed64: Type.FIXED64,
  fixed32: Type.FIXED32,
  bool: Type.BOOL,
  string: Type.STRING,
  bytes: Type.BYTES,
  uint32: Type.UINT32,
  sfixed32: Type.SFIXED32,
  sfixed64: Type.SFIXED64,
  sint32: Type.SINT32,
  sint64: Type.SINT64,
};

main();

function main() {
  const hash = hashOfInputs();
  const stamp = join(outputFolder, ".inputs");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === hash) return;

  const packages = requireForMilvus(definitionsFile).default.nested.milvus.nested.proto.nested;
  const outputs = [...generateMessages(describeFiles(packages)), privilegesModule(packages)];
  rmSync(outputFolder, { recursive: true, force: true });
  mkdirSync(outputFolder, { recursive: true });
  for (const { name, content } of outputs) writeFileSync(join(outputFolder, name), content);
  // Last, so that an interrupted run is repeated.
  writeFileSync(stamp, hash);
}

function hashOfInputs() {
  const hash = createHash("sha256").update(pluginOptions);
  const pluginManifest = requireForMilvus.resolve("@bufbuild/protoc-gen-es/package.json");
  for (const file of [fileURLToPath(import.meta.url), definitionsFile, pluginManifest]) {
    hash.update(readFileSync(file));
  }
  return hash.digest("hex");
}

/** Runs protoc-gen-es the way protoc would: a request on its standard input, files as the answer. */
function generateMessages(files) {
  const request = create(wkt.CodeGeneratorRequestSchema, {
    fileToGenerate: files.map((file) => file.name),
    parameter: pluginOptions,
    protoFile: files,
  });
  const result = spawnSync(process.execPath, [plugin], {
    input: toBinary(wkt.CodeGeneratorRequestSchema, request),
    maxBuffer: 2 ** 26,
    stdio: ["pipe", "pipe", "inherit"],
  });
  if (result.status !== 0) throw new Error(`protoc-gen-es ended with status ${result.status}`);
  const response = fromBinary(wkt.CodeGeneratorResponseSchema, result.stdout);
  if (response.error) throw new Error(`protoc-gen-es: ${response.error}`);
  return response.file;
}

/** One FileDescriptorProto per package, each after those that it imports. */
function describeFiles(packages) {
  const kinds = new Map();
  for (const [name, node] of Object.entries(packages))
    collectKinds(node, packagePrefix + name, kinds);
  const files = new Map(
    Object.entries(packages).map(([name, node]) => [
      `${name}.proto`,
      describeFile(name, node, kinds),
    ]),
  );
  const ordered = new Set();
  const visit = (name) => {
    for (const dependency of files.get(name).dependency) visit(dependency);
    ordered.add(files.get(name));
  };
  for (const name of files.keys()) visit(name);
  return [...ordered];
}

/** Fills `kinds` with "message" or "enum" by full name. */
function collectKinds(node, fullName, kinds) {
  for (const [name, child] of Object.entries(node.nested ?? {})) {
    if (child.fields) kinds.set(`${fullName}.${name}`, "message");
    if (child.values) kinds.set(`${fullName}.${name}`, "enum");
    collectKinds(child, `${fullName}.${name}`, kinds);
  }
}

function describeFile(packageName, node, kinds) {
  const fullName = packagePrefix + packageName;
  const dependencies = new Set();
  const resolve = (typeName, scope) => {
    const found = resolveType(typeName, scope, kinds);
    const owner = found.slice(packagePrefix.length).split(".")[0];
    if (owner !== packageName) dependencies.add(`${owner}.proto`);
    return found;
  };
  const context = { kinds, resolve };
  const children = Object.entries(node.nested);
  return create(wkt.FileDescriptorProtoSchema, {
    name: `${packageName}.proto`,
    package: fullName,
    syntax: "proto3",
    messageType: children
      .filter(([, child]) => child.fields)
      .map(([name, child]) => describeMessage(name, child, fullName, context)),
    enumType: children.filter(([, child]) => child.values).map(describeEnum),
    service: children
      .filter(([, child]) => child.methods)
      .map(([name, child]) => describeService(name, child, fullName, context)),
    dependency: [...dependencies].sort(),
  });
}

/** The full name of a type as seen from inside `scope`: the innermost match, as protoc does it. */
function resolveType(typeName, scope, kinds) {
  const parts = scope.split(".");
  for (let depth = parts.length; depth >= 0; depth--) {
    const candidate = [...parts.slice(0, depth), typeName].join(".");
    if (kinds.has(candidate)) return candidate;
  }
  throw new Error(`Unknown type ${typeName} in ${scope}`);
}

function describeMessage(name, node, parent, context) {
  const fullName = `${parent}.${name}`;
  const children = Object.entries(node.nested ?? {});
  const oneofs = orderOneofs(node);
  const mapEntries = [];
  const field = Object.entries(node.fields).map(([fieldName, json]) => {
    const described = describeField(fieldName, json, fullName, context);
    const oneofIndex = oneofs.findIndex(([, { oneof }]) => oneof.includes(fieldName));
    if (oneofIndex >= 0) described.oneofIndex = oneofIndex;
    if (json.keyType) mapEntries.push(describeMapEntry(fieldName, json, fullName, context));
    return described;
  });
  return create(wkt.DescriptorProtoSchema, {
    name,
    field,
    oneofDecl: oneofs.map(([oneofName]) => ({ name: oneofName })),
    nestedType: [
      ...children
        .filter(([, child]) => child.fields)
        .map(([childName, child]) => describeMessage(childName, child, fullName, context)),
      ...mapEntries,
    ],
    enumType: children.filter(([, child]) => child.values).map(describeEnum),
  });
}

/** Real oneofs before those that stand for a proto3 `optional`: descriptors demand that order. */
function orderOneofs(node) {
  const isSynthetic = ([, { oneof }]) => node.fields[oneof[0]].options?.proto3_optional === true;
  const oneofs = Object.entries(node.oneofs ?? {});
  return [...oneofs.filter((o) => !isSynthetic(o)), ...oneofs.filter(isSynthetic)];
}

function describeField(name, json, scope, context) {
  const described = {
    name,
    number: json.id,
    label: json.rule === "repeated" || json.keyType ? Label.REPEATED : Label.OPTIONAL,
    jsonName: jsonName(name),
    ...(json.options?.proto3_optional ? { proto3Optional: true } : {}),
    ...(json.options?.deprecated ? { options: { deprecated: true } } : {}),
  };
  const type = json.keyType
    ? { type: Type.MESSAGE, typeName: `.${scope}.${mapEntryName(name)}` }
    : describeType(json.type, scope, context);
  return create(wkt.FieldDescriptorProtoSchema, { ...described, ...type });
}

function describeType(typeName, scope, { kinds, resolve }) {
  const scalar = scalarTypes[typeName];
  if (scalar !== undefined) return { type: scalar };
  const fullName = resolve(typeName, scope);
  return {
    type: kinds.get(fullName) === "enum" ? Type.ENUM : Type.MESSAGE,
    typeName: `.${fullName}`,
  };
}

/** The message that stands for one entry of a map field. */
function describeMapEntry(fieldName, json, scope, context) {
  const entryField = (name, number, type) => ({
    name,
    number,
    label: Label.OPTIONAL,
    jsonName: name,
    ...describeType(type, scope, context),
  });
  return create(wkt.DescriptorProtoSchema, {
    name: mapEntryName(fieldName),
    field: [entryField("key", 1, json.keyType), entryField("value", 2, json.type)],
    options: { mapEntry: true },
  });
}

/** protoc's own rule: "extra_info" is "extraInfo" in JSON. */
function jsonName(fieldName) {
  return fieldName.replace(/_+([a-zA-Z0-9]?)/g, (_, letter) => letter.toUpperCase());
}

/** protoc's own rule: "extra_info" has entries of type "ExtraInfoEntry". */
function mapEntryName(fieldName) {
  const camel = fieldName.replace(/(?:^|_)([a-zA-Z0-9])/g, (_, letter) => letter.toUpperCase());
  return `${camel}Entry`;
}

function describeEnum([name, { values }]) {
  const numbers = Object.values(values);
  return create(wkt.EnumDescriptorProtoSchema, {
    name,
    value: Object.entries(values).map(([valueName, number]) => ({ name: valueName, number })),
    ...(new Set(numbers).size < numbers.length ? { options: { allowAlias: true } } : {}),
  });
}

function describeService(name, { methods }, scope, { resolve }) {
  return create(wkt.ServiceDescriptorProtoSchema, {
    name,
    method: Object.entries(methods).map(([methodName, method]) => ({
      name: methodName,
      inputType: `.${resolve(method.requestType, scope)}`,
      outputType: `.${resolve(method.responseType, scope)}`,
      clientStreaming: method.requestStream === true,
      serverStreaming: method.responseStream === true,
    })),
  });
}

/**
 * The privileges that requests declare in their options, as a plain table: reading them from
 * descriptors at run time would load the descriptors of descriptors.
 */
function privilegesModule(packages) {
  const option = (options, name) => options[`(common.privilege_ext_obj).${name}`];
  const entries = Object.entries(packages.milvus.nested)
    .filter(([, node]) => node.options && option(node.options, "object_type") !== undefined)
    .map(([name, { options }]) => {
      const privilege = {
        objectType: option(options, "object_type"),
        privilege: option(options, "object_privilege"),
        nameField: option(options, "object_name_index") ?? 0,
        namesField: option(options, "object_name_indexs") ?? 0,
      };
      return `  ${JSON.stringify(`${packagePrefix}milvus.${name}`)}: ${JSON.stringify(privilege)},`;
    });
  const content = `// @generated by tools/build-messages.mjs from the requests' privilege_ext_obj options

/** The privilege that a request needs, and where it names the object that it is about. */
export interface RequestPrivilege {
  /** A name of common.ObjectType. */
  readonly objectType: string;
  /** A name of common.ObjectPrivilege. */
  readonly privilege: string;
  /** The number of the string field with the object's name; 0 or less: none, all objects. */
  readonly nameField: number;
  /** The number of the repeated string field with the objects' names; 0 or less: none. */
  readonly namesField: number;
}

/** By the full name of the request's message. */
export const requestPrivileges: Readonly<Record<string, RequestPrivilege>> = {
${entries.join("\n")}
};
`;
  return { name: "privileges.ts", content };
}
