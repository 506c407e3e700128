import { PluginError } from "../../../packages/vault-plugin/src/errors.ts";
import { type Fields, type FieldType, f } from "../../../packages/vault-plugin/src/fields/field.ts";
import { parseInput } from "../../../packages/vault-plugin/src/fields/parse-input.ts";
import { allow } from "../allow.ts";

/** A field of each type, by the type's name. */
const FIELDS: Fields = Object.fromEntries(
  (Object.keys(f) as FieldType[]).map((type) => [type, { type, required: false, description: "" }]),
);
const FIELD_NAMES = Object.keys(FIELDS);

export const seeds = [
  "1h30m15.5s",
  "-2d",
  "90",
  "1e3",
  "a,b, c",
  "1,2,3",
  "key=value,other=1",
  "2030-01-31T12:00:00.5+02:00",
  '["a",1,true,null]',
  '{"a":"b","c":["d"]}',
  '{"__proto__":{"x":1},"bool":"t","durationSecond":null,"header":{"X-A":["1"]}}',
].map((text) => Buffer.from(text));

/** A value for a field of each type: the bytes as a string, and as JSON. */
export function fuzz(data: Buffer): void {
  const text = data.toString("utf8");
  const json = allow(
    (error) => error instanceof SyntaxError,
    () => JSON.parse(text) as unknown,
  );
  for (const value of [text, json]) {
    for (const name of FIELD_NAMES) parse({ [name]: value });
  }
  if (typeof json === "object" && json !== null) parse(json as Record<string, unknown>);
}

function parse(raw: Record<string, unknown>): void {
  allow(
    (error) => error instanceof PluginError && error.code === "bad_request",
    () => parseInput(FIELDS, raw),
  );
}
