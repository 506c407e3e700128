import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PluginError } from "../errors.ts";
import type { FieldType, FieldValues } from "./field.ts";
import { parseInput } from "./parse-input.ts";
import { fieldTypes } from "./types.ts";

const isText = (value: unknown) => typeof value === "string";
const isWhole = (value: unknown) => Number.isSafeInteger(value) && !Object.is(value, -0);
const isListOf = (holds: (value: unknown) => boolean) => (value: unknown) =>
  Array.isArray(value) && value.every(holds);
const isMapOf = (holds: (value: unknown) => boolean) => (value: unknown) =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).every(holds);

/** Whether a value has the type that handlers expect of a field. */
const IS_A: { readonly [T in keyof FieldValues]: (value: unknown) => boolean } = {
  string: isText,
  lowerCaseString: (value) => isText(value) && value === String(value).toLowerCase(),
  nameString: (value) => isText(value) && /^\w([\w.-]*\w)?$/.test(String(value)),
  int: isWhole,
  int64: isWhole,
  float: Number.isFinite,
  bool: (value) => typeof value === "boolean",
  map: isMapOf(() => true),
  kvPairs: isMapOf(isText),
  durationSecond: (value) => isWhole(value) && Number(value) >= 0,
  signedDurationSecond: isWhole,
  slice: isListOf(() => true),
  stringSlice: isListOf(isText),
  commaStringSlice: isListOf(isText),
  commaIntSlice: isListOf(isWhole),
  header: isMapOf(isListOf(isText)),
  time: (value) => value instanceof Date && !Number.isNaN(value.getTime()),
  any: () => true,
};

const TYPES = Object.keys(IS_A) as FieldType[];

/** Strings that are nearly valid for some type, and all values of JSON. */
const anything = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }),
  fc.stringMatching(/^[+-]?(0x|0b|0)?[\d_]{0,5}(\.\d{0,3})?(e\d|h|m|ms|s|d)?$/),
  fc.stringMatching(/^\d{4}-[01]\d-[0-3]\dT[012]\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/),
  fc.array(fc.stringMatching(/^[ a-c]{0,2}[=:,]?[ a-c]{0,2}$/)),
  fc.json({ maxDepth: 2 }),
  fc.json({ maxDepth: 2 }).map((text) => Buffer.from(text).toString("base64")),
);

function parse(type: FieldType, raw: unknown): unknown {
  return parseInput({ it: { type, required: false, description: "It." } }, { it: raw })["it"];
}

describe.for(TYPES)("%s", (type) => {
  test("returns a value of its type, or an error that doesn't repeat the input", () => {
    fc.assert(
      fc.property(anything, (raw) => {
        try {
          const value = parse(type, raw);
          expect(value === undefined ? raw === null : IS_A[type](value)).toBe(true);
        } catch (error) {
          if (!(error instanceof PluginError)) throw error;
          expect(error).toMatchObject({
            code: "bad_request",
            message: `Field validation failed: field "it" must be ${fieldTypes[type].mustBe}`,
          });
        }
      }),
    );
  });
});

describe.for(TYPES.filter((type) => type !== "time"))("%s", (type) => {
  test("accepts its own values unchanged", () => {
    fc.assert(
      fc.property(anything, (raw) => {
        const value = fieldTypes[type].parse(raw);
        if (value !== undefined && value !== null) expect(parse(type, value)).toStrictEqual(value);
      }),
    );
  });
});

/**
 * Inputs that are slow for patterns and loops of quadratic time: then this test exceeds its time
 * limit.
 */
const REPEATED = [
  "1",
  "1_",
  "0x1",
  "a",
  "-",
  "1h",
  "1.",
  ".1",
  "{",
  "[",
  "a=b,",
  "a:b",
  "a:b\n",
  "%",
  "\\",
  "=",
  "e1",
  " ",
  ",",
];

test.for(TYPES)(
  "%s: a hundred thousand characters, or texts, are read in time that grows with them alone",
  (type) => {
    for (const unit of REPEATED) {
      const text = unit.repeat(100_000 / unit.length);
      const list = Array<string>(100_000).fill(unit);
      for (const raw of [text, `${text}!`, list, { [unit]: list }]) {
        try {
          parse(type, raw);
        } catch (error) {
          expect(error).toBeInstanceOf(PluginError);
        }
      }
    }
  },
);
