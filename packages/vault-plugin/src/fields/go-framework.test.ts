import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "vitest";
import { PluginError } from "../errors.ts";
import type { FieldType } from "./field.ts";
import { parseInput } from "./parse-input.ts";

/** The types that the framework for Go has too: all but `any`. */
const TYPES = [
  "string",
  "lowerCaseString",
  "nameString",
  "int",
  "int64",
  "float",
  "bool",
  "map",
  "kvPairs",
  "durationSecond",
  "signedDurationSecond",
  "slice",
  "stringSlice",
  "commaStringSlice",
  "commaIntSlice",
  "header",
  "time",
] as const satisfies readonly FieldType[];

const TEXTS: readonly FieldType[] = [
  "string",
  "lowerCaseString",
  "nameString",
  "stringSlice",
  "commaStringSlice",
  "kvPairs",
];
const NUMBERS: readonly FieldType[] = ["int", "int64", "commaIntSlice"];

interface Difference {
  readonly reason: string;
  /** Whether ours rejects the input; otherwise both accept it, or ours alone. */
  readonly refuses: boolean;
  readonly types: readonly FieldType[];
  /** Each of these differs for at least one of the types. */
  readonly inputs: readonly string[];
}

/** Intended differences. */
const DIFFERENCES: readonly Difference[] = [
  {
    reason:
      "null is not sent, whatever the type, as Go has it for durations and times: no variable that isn't set clears a field",
    refuses: false,
    types: TYPES.filter(
      (type) => !["durationSecond", "signedDurationSecond", "time"].includes(type),
    ),
    inputs: ["null"],
  },
  {
    reason: "the empty string is not a boolean: a variable that isn't set turns no check off",
    refuses: true,
    types: ["bool"],
    inputs: ['text ""'],
  },
  {
    reason: "a number beyond 2^53 has lost its digits already: it is rejected instead of altered",
    refuses: true,
    types: [...TEXTS, ...NUMBERS],
    inputs: [
      "number 1e21",
      "number 9007199254740992",
      "number 9007199254740993",
      "number 9223372036854775807",
      "number 9223372036854775808",
      "number 18446744073709551616",
      "map of a large number",
      'text "9007199254740993"',
      'text "9223372036854775807"',
    ],
  },
  {
    reason: "zero has no sign",
    refuses: false,
    types: TEXTS,
    inputs: ["number -0", "number -0.0"],
  },
  {
    reason: "infinite numbers and hexadecimal fractions are mistakes",
    refuses: true,
    types: ["float"],
    inputs: ['text "NaN"', 'text "Inf"', 'text "infinity"', 'text "-Infinity"', 'text "0x1p4"'],
  },
  {
    reason: "JavaScript lowers a string by Unicode's full rules, Go each letter by itself",
    refuses: false,
    types: ["lowerCaseString"],
    inputs: ['text "İ"', 'text "ΑΣ"'],
  },
  {
    reason: "seconds since 1970 are a time as a number too, as in the engines inside a server",
    refuses: false,
    types: ["time"],
    inputs: [
      "number 0",
      "number -0",
      "number -0.0",
      "number 1",
      "number 1.0",
      "number 2",
      "number -1",
      "number 42",
      "number 255",
      "number 1e3",
      "number 1.5e3",
      "number 1.7e9",
      "number 1700000000",
      "number 2147483648",
      "number 9223372036",
      "number 9223372037",
      "number -9223372036",
      "number -62135596800",
      "number 253402300800",
    ],
  },
  {
    reason: "a number is a header's value too, as in the engines inside a server",
    refuses: false,
    types: ["header"],
    inputs: ["map of numbers", "map of floats", "map of mixed lists", "list of maps"],
  },
  {
    reason: "a Date ends in the year 275760",
    refuses: true,
    types: ["time"],
    inputs: [
      'text "9007199254740991"',
      'text "9007199254740993"',
      'text "9223372036854775807"',
      'text "99999999999999"',
    ],
  },
  {
    reason: "a Date counts milliseconds",
    refuses: false,
    types: ["time"],
    inputs: ['text "2030-01-31T12:00:00.123456789Z"'],
  },
  {
    reason: "RFC 3339 has neither commas, nor hours of one digit, nor offsets of a day",
    refuses: true,
    types: ["time"],
    inputs: [
      'text "2030-01-31T12:00:00,5Z"',
      'text "2030-01-31T1:00:00Z"',
      'text "2030-01-31T12:00:00+24:00"',
    ],
  },
  {
    reason: "JSON with trailing characters is invalid",
    refuses: true,
    types: ["header"],
    inputs: ['text "{\\"a\\":\\"x\\"} trailing"'],
  },
];

function load(name: string) {
  return JSON.parse(readFileSync(new URL(`../../recorded/${name}`, import.meta.url), "utf8"));
}

const inputs: Readonly<Record<string, unknown>> = load("go-framework-cases.json").inputs;
const recorded: Readonly<Record<string, Readonly<Record<string, unknown>>>> =
  load("go-framework.json").fields;

/**
 * Parses an input as the recording has it: undefined if it is rejected, null if it counts as not
 * sent.
 */
function parsed(type: FieldType, raw: unknown): unknown {
  try {
    const { it = null } = parseInput(
      { it: { type, required: false, description: "It." } },
      { it: raw },
    );
    return it instanceof Date ? goTime(it) : it;
  } catch (error) {
    if (error instanceof PluginError && error.code === "bad_request") return undefined;
    throw error;
  }
}

/**
 * As Go prints a time: no zeros at the end of the fraction, and none before a year of five digits.
 */
function goTime(time: Date): string {
  return time
    .toISOString()
    .replace(/\.?0*Z$/, "Z")
    .replace(/^\+0*/, "");
}

/** Sorts the keys of maps, which are unordered in Go. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.entries(value)
    .map(([name, member]) => [name, sorted(member)])
    .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
}

function differ(name: string, type: FieldType): boolean {
  return !isDeepStrictEqual(sorted(parsed(type, inputs[name])), sorted(recorded[name]?.[type]));
}

test("every input was recorded", () => {
  expect(Object.keys(recorded).sort()).toEqual(Object.keys(inputs).sort());
});

describe("accepts and rejects the same input as the framework for Go", () => {
  test.for(Object.keys(inputs))("%s", (name) => {
    const meant = DIFFERENCES.filter((difference) => difference.inputs.includes(name));
    const types = TYPES.filter(
      (type) => !meant.some((difference) => difference.types.includes(type)),
    );
    const ours = Object.fromEntries(
      types.map((type) => [type, sorted(parsed(type, inputs[name]))]),
    );
    const theirs = Object.fromEntries(types.map((type) => [type, sorted(recorded[name]?.[type])]));
    expect(ours).toStrictEqual(theirs);
  });
});

describe.for(DIFFERENCES)("differs on purpose: $reason", ({ refuses, types, inputs: names }) => {
  test.for(names)("%s", (name) => {
    const differing = types.filter((type) => differ(name, type));
    expect(differing).not.toEqual([]);
    for (const type of differing) expect(parsed(type, inputs[name]) === undefined).toBe(refuses);
  });
});
