import type { Data } from "./data.ts";
import type { Field, Fields } from "./fields/field.ts";
import { fieldTypes } from "./fields/types.ts";
import type { Path } from "./path.ts";
import { OPERATIONS, type Operation } from "./request.ts";

/**
 * Returns the OpenAPI document of some paths, in the form of Vault's framework. The host merges it
 * into the document of the whole server, and its UI builds forms from it.
 *
 * @param hostVersion The version of the server, which the document carries.
 * @param fallbackPrefix The prefix of operation ids of paths that don't set their own; the type of
 * the mount.
 */
export function openApiDocument(
  paths: readonly Path[],
  hostVersion: string,
  fallbackPrefix: string,
): Data {
  const schemas: Record<string, Data> = {};
  const items = paths.map((path) => [
    `/${path.openApiPath}`,
    pathItem(path, fallbackPrefix, schemas),
  ]);
  return {
    openapi: "3.0.2",
    info: {
      title: "HTTP API",
      description:
        "The paths of a plugin. Each of them starts with `/v1/` and the path of the mount.",
      version: hostVersion,
    },
    paths: Object.fromEntries(items),
    components: { schemas },
  };
}

/** The HTTP method of each operation in the document; a create is documented as an update. */
const METHODS: { readonly [O in Operation]?: string } = {
  read: "get",
  list: "get",
  update: "post",
  patch: "patch",
  delete: "delete",
};

function pathItem(path: Path, fallbackPrefix: string, schemas: Record<string, Data>): Data {
  const query = Object.entries(path.fields).filter(([, field]) => field.query);
  const parameters = [
    ...Object.entries(path.params).map(([name, field]) => parameter(name, field, "path")),
    ...query.map(([name, field]) => parameter(name, field, "query")),
  ].sort((a, b) => (a.name < b.name ? -1 : 1));
  const operations = OPERATIONS.filter(
    (operation) => path.handlers[operation] && METHODS[operation],
  ).map((operation) => [
    METHODS[operation],
    operationObject(path, operation, fallbackPrefix, schemas),
  ]);
  return {
    description: oneLine(path.help.synopsis),
    ...(parameters.length > 0 && { parameters }),
    ...(path.exists && { "x-vault-createSupported": true }),
    ...Object.fromEntries(operations),
  };
}

function operationObject(
  path: Path,
  operation: Operation,
  fallbackPrefix: string,
  schemas: Record<string, Data>,
): Data {
  const operationId =
    path.operationIds?.[operation] ?? defaultOperationId(path, operation, fallbackPrefix);
  const reference = (suffix: string, schema: Data): Data => {
    const name = `${titleCase(operationId)}${suffix}`;
    schemas[name] = schema;
    return {
      content: { "application/json": { schema: referenceTo(`#/components/schemas/${name}`) } },
    };
  };
  // Those of the query string too: hosts don't read the query string of a write, only its body.
  const takesBody = ["update", "patch"].includes(operation) && Object.keys(path.fields).length > 0;
  const answers = operation === "read" && path.returns;
  return {
    summary: oneLine(path.help.synopsis),
    operationId,
    tags: ["secrets"],
    ...(operation === "list" && { parameters: [LIST_PARAMETER] }),
    ...(takesBody && {
      requestBody: { required: true, ...reference("Request", objectSchema(path.fields)) },
    }),
    responses: {
      ...(operation !== "delete" && {
        200: { description: "OK", ...(answers && reference("Response", objectSchema(answers))) },
      }),
      // A write responds with data, or with 204.
      ...(operation !== "read" && operation !== "list" && { 204: { description: "empty body" } }),
    },
  };
}

/**
 * OpenBao and Vault decode a plugin's document by the names of their own fields. `$ref` isn't one
 * of them and gets lost: the `ref` next to it is what they serve as `$ref`. Path-help returns the
 * document unchanged, and OpenAPI clients ignore everything next to a `$ref`.
 */
function referenceTo(location: string): Data {
  return { $ref: location, ref: location };
}

const LIST_PARAMETER = {
  name: "list",
  description: "Must be set to `true`",
  required: true,
  in: "query",
  schema: { type: "string", enum: ["true"] },
};

function parameter(name: string, field: Field, location: "path" | "query") {
  // Vault documents the format of fields in a body alone.
  const { format, ...schema } = valueSchema(field);
  return {
    name,
    description: oneLine(field.description),
    in: location,
    schema,
    ...(location === "path" && { required: true }),
    ...(field.deprecated && { deprecated: true }),
  };
}

function objectSchema(fields: Fields): Data {
  const entries = Object.entries(fields);
  const required = entries.filter(([, field]) => field.required).map(([name]) => name);
  const properties = entries.map(([name, field]) => [
    name,
    {
      ...valueSchema(field),
      description: oneLine(field.description),
      ...(field.deprecated && { deprecated: true }),
    },
  ]);
  return {
    type: "object",
    properties: Object.fromEntries(properties),
    ...(required.length > 0 && { required: required.sort() }),
  };
}

function valueSchema(field: Field): Data {
  const { items, ...schema } = fieldTypes[field.type].schema;
  const display = {
    ...(field.displayName && { name: field.displayName }),
    ...(field.sensitive && { sensitive: true }),
  };
  return {
    ...schema,
    ...(items && { items: { type: items } }),
    ...(field.matches && { pattern: field.matches.pattern.source }),
    // The empty string clears a field: it is not a value to choose.
    ...(field.allowedValues && { enum: field.allowedValues.filter((value) => value !== "") }),
    ...(field.default !== undefined && { default: field.default }),
    ...(Object.keys(display).length > 0 && { "x-vault-displayAttrs": display }),
  };
}

function defaultOperationId(path: Path, operation: Operation, prefix: string): string {
  const verb = operation === "update" ? "write" : operation;
  return [prefix, verb, ...path.openApiPath.split(/\W+/)]
    .filter((part) => part !== "")
    .join("-")
    .toLowerCase();
}

function titleCase(hyphenated: string): string {
  return hyphenated.replace(/(?:^|-)(\w)/g, (_, first: string) => first.toUpperCase());
}

function oneLine(text: string): string {
  return text.trim().replace(/\s+/g, " ");
}
