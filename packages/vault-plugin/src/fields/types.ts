import {
  parseCommaIntSlice,
  parseCommaStringSlice,
  parseKvPairs,
  parseMap,
  parseSlice,
  parseStringSlice,
} from "./collections.ts";
import { parseDuration } from "./duration.ts";
import type { FieldType, FieldValues } from "./field.ts";
import { parseHeader } from "./header.ts";
import {
  parseBool,
  parseFloatNumber,
  parseInteger,
  parseLowerCaseString,
  parseNameString,
  parseString,
} from "./scalars.ts";
import { parseTime } from "./time.ts";

/** All that the framework knows of one type of field. */
export interface FieldTypeRule<V> {
  /** How path-help names it. */
  readonly label: string;
  /** What it takes, in words that finish "takes …". */
  readonly takes: string;
  /** The value from what a request holds; undefined if that can't be one. */
  readonly parse: (raw: unknown) => V | undefined;
  /**
   * What a cleared field has that has no default; absent where no value of the type stands for "not
   * set".
   */
  readonly zero?: V;
  /** Its JSON schema in the OpenAPI document. */
  readonly schema: {
    readonly type?: string;
    readonly format?: string;
    readonly pattern?: string;
    readonly items?: string;
  };
}

const nonNegativeDuration = (raw: unknown): number | undefined => {
  const seconds = parseDuration(raw);
  return seconds !== undefined && seconds >= 0 ? seconds : undefined;
};

/** The one table of field types: Vault's types and labels, with their weak typing. */
export const fieldTypes: { readonly [T in FieldType]: FieldTypeRule<FieldValues[T]> } = {
  string: { label: "string", takes: "a text", parse: parseString, zero: "", schema: { type: "string" } },
  lowerCaseString: {
    label: "lowercase string",
    takes: "a text",
    parse: parseLowerCaseString,
    zero: "",
    schema: { type: "string", format: "lowercase" },
  },
  nameString: {
    label: "name string",
    takes: "a name of letters, digits, _, - and . that starts and ends with a letter, a digit or _",
    parse: parseNameString,
    schema: { type: "string", pattern: "\\w([\\w-.]*\\w)?" },
  },
  int: { label: "int", takes: "a whole number", parse: parseInteger, zero: 0, schema: { type: "integer" } },
  int64: {
    label: "int64",
    takes: "a whole number",
    parse: parseInteger,
    zero: 0,
    schema: { type: "integer", format: "int64" },
  },
  float: {
    label: "float",
    takes: "a number",
    parse: parseFloatNumber,
    zero: 0,
    schema: { type: "number", format: "float" },
  },
  bool: { label: "bool", takes: "true or false", parse: parseBool, zero: false, schema: { type: "boolean" } },
  map: { label: "map", takes: "a map", parse: parseMap, zero: {}, schema: { type: "object", format: "map" } },
  kvPairs: {
    label: "keypair",
    takes: "a map of texts, or key=value pairs",
    parse: parseKvPairs,
    zero: {},
    schema: { type: "object", format: "kvpairs" },
  },
  durationSecond: {
    label: "duration (sec)",
    takes: 'a duration, zero or more: seconds (3600), or text like "90s", "1h30m" or "2d"',
    parse: nonNegativeDuration,
    zero: 0,
    schema: { type: "integer", format: "seconds" },
  },
  signedDurationSecond: {
    label: "duration (sec)",
    takes: 'a duration: seconds (3600), or text like "90s", "1h30m" or "-2d"',
    parse: parseDuration,
    zero: 0,
    schema: { type: "integer", format: "seconds" },
  },
  slice: {
    label: "slice",
    takes: "a list",
    parse: parseSlice,
    zero: [],
    schema: { type: "array", items: "object" },
  },
  stringSlice: {
    label: "slice",
    takes: "a list of texts",
    parse: parseStringSlice,
    zero: [],
    schema: { type: "array", items: "string" },
  },
  commaStringSlice: {
    label: "slice",
    takes: "a list of texts, or one text with commas between them",
    parse: parseCommaStringSlice,
    zero: [],
    schema: { type: "array", items: "string" },
  },
  commaIntSlice: {
    label: "slice",
    takes: "a list of whole numbers, or one text with commas between them",
    parse: parseCommaIntSlice,
    zero: [],
    schema: { type: "array", items: "integer" },
  },
  header: {
    label: "header",
    takes: "a map of HTTP headers",
    parse: parseHeader,
    zero: {},
    schema: { type: "string" },
  },
  time: {
    label: "time",
    takes: "a time: RFC 3339 text (2030-01-31T12:00:00Z), or seconds since 1970",
    parse: parseTime,
    schema: { type: "string", format: "date-time" },
  },
  any: { label: "any", takes: "any value", parse: (raw) => raw, schema: {} },
};
