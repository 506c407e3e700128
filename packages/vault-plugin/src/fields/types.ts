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

/** The rules of one type of field. */
export interface FieldTypeRule<V> {
  /** How path-help names it. */
  readonly label: string;
  /** What a value must be, in words that finish "must be …". */
  readonly mustBe: string;
  /** Returns the value for what a request contains; undefined if it is invalid. */
  readonly parse: (raw: unknown) => V | undefined;
  /**
   * The value of a cleared field without a default; absent if no value of the type means "not
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
  string: {
    label: "string",
    mustBe: "a string",
    parse: parseString,
    zero: "",
    schema: { type: "string" },
  },
  lowerCaseString: {
    label: "lowercase string",
    mustBe: "a string",
    parse: parseLowerCaseString,
    zero: "",
    schema: { type: "string", format: "lowercase" },
  },
  nameString: {
    label: "name string",
    mustBe:
      "a name of letters, digits, _, - and . that starts and ends with a letter, a digit or _",
    parse: parseNameString,
    schema: { type: "string", pattern: "\\w([\\w-.]*\\w)?" },
  },
  int: {
    label: "int",
    mustBe: "a whole number",
    parse: parseInteger,
    zero: 0,
    schema: { type: "integer" },
  },
  int64: {
    label: "int64",
    mustBe: "a whole number",
    parse: parseInteger,
    zero: 0,
    schema: { type: "integer", format: "int64" },
  },
  float: {
    label: "float",
    mustBe: "a number",
    parse: parseFloatNumber,
    zero: 0,
    schema: { type: "number", format: "float" },
  },
  bool: {
    label: "bool",
    mustBe: "true or false",
    parse: parseBool,
    zero: false,
    schema: { type: "boolean" },
  },
  map: {
    label: "map",
    mustBe: "a map",
    parse: parseMap,
    zero: {},
    schema: { type: "object", format: "map" },
  },
  kvPairs: {
    label: "keypair",
    mustBe: "a map of strings, or key=value pairs",
    parse: parseKvPairs,
    zero: {},
    schema: { type: "object", format: "kvpairs" },
  },
  durationSecond: {
    label: "duration (sec)",
    mustBe: 'a duration, zero or more: seconds (3600), or a string like "90s", "1h30m" or "2d"',
    parse: nonNegativeDuration,
    zero: 0,
    schema: { type: "integer", format: "seconds" },
  },
  signedDurationSecond: {
    label: "duration (sec)",
    mustBe: 'a duration: seconds (3600), or a string like "90s", "1h30m" or "-2d"',
    parse: parseDuration,
    zero: 0,
    schema: { type: "integer", format: "seconds" },
  },
  slice: {
    label: "slice",
    mustBe: "a list",
    parse: parseSlice,
    zero: [],
    schema: { type: "array", items: "object" },
  },
  stringSlice: {
    label: "slice",
    mustBe: "a list of strings",
    parse: parseStringSlice,
    zero: [],
    schema: { type: "array", items: "string" },
  },
  commaStringSlice: {
    label: "slice",
    mustBe: "a list of strings, or a comma-separated string",
    parse: parseCommaStringSlice,
    zero: [],
    schema: { type: "array", items: "string" },
  },
  commaIntSlice: {
    label: "slice",
    mustBe: "a list of whole numbers, or a comma-separated string",
    parse: parseCommaIntSlice,
    zero: [],
    schema: { type: "array", items: "integer" },
  },
  header: {
    label: "header",
    mustBe: "a map of HTTP headers",
    parse: parseHeader,
    zero: {},
    schema: { type: "string" },
  },
  time: {
    label: "time",
    mustBe: "a time: RFC 3339 (2030-01-31T12:00:00Z), or seconds since 1970",
    parse: parseTime,
    schema: { type: "string", format: "date-time" },
  },
  any: { label: "any", mustBe: "any value", parse: (raw) => raw, schema: {} },
};
