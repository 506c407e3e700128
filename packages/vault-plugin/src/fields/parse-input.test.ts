import { describe, expect, test } from "vitest";
import { PluginError } from "../errors.ts";
import { Redacted } from "../redacted.ts";
import { type Field, f, withDefaults } from "./field.ts";
import { parseInput } from "./parse-input.ts";

const description = "A field.";

describe("each type accepts", () => {
  test.for<[name: string, field: Field, raw: unknown, value: unknown]>([
    ["string of text", f.string({ description }), "x", "x"],
    ["string of a number", f.string({ description }), 12.5, "12.5"],
    ["string of a small number", f.string({ description }), -1.5e-7, "-0.00000015"],
    ["string of a bool", f.string({ description }), true, "1"],
    [
      "string with a line end that is cut",
      f.string({ description, trimLineEnd: true }),
      "\ufeffx\r\n",
      "x",
    ],
    ["string with a line end", f.string({ description }), "x\n", "x\n"],
    [
      "string whose line end doesn't match",
      f.string({
        description,
        maxLength: 1,
        matches: { pattern: /^\w+$/, mustBe: "a word" },
        trimLineEnd: true,
      }),
      "x\n",
      "x",
    ],
    ["string as long as it may be", f.string({ description, maxLength: 2 }), "🔑é", "🔑é"],
    ["string with nothing in it", f.string({ description }), "", ""],
    ["lowerCaseString", f.lowerCaseString({ description }), "MixEd", "mixed"],
    ["nameString", f.nameString({ description }), "a.b-c_1", "a.b-c_1"],
    ["int of a number", f.int({ description }), 3, 3],
    ["int of a fraction", f.int({ description }), 3.9, 3],
    ["int of a text", f.int({ description }), "-42", -42],
    ["int of hexadecimal", f.int({ description }), "0x1f", 31],
    ["int of octal", f.int({ description }), "010", 8],
    ["int of nothing", f.int({ description }), "", 0],
    ["int of a bool", f.int({ description }), true, 1],
    ["int64 of a text", f.int64({ description }), "9007199254740991", 9_007_199_254_740_991],
    ["float of a text", f.float({ description }), "1.5e3", 1500],
    ["bool of a bool", f.bool({ description }), false, false],
    ["bool of a text", f.bool({ description }), "T", true],
    ["bool of a number", f.bool({ description }), 2, true],
    ["map", f.map({ description }), { a: { b: 1 } }, { a: { b: 1 } }],
    ["map of maps in a list", f.map({ description }), [{ a: 1 }, { b: 2, a: 3 }], { a: 3, b: 2 }],
    ["kvPairs of a map", f.kvPairs({ description }), { a: 1, b: "x" }, { a: "1", b: "x" }],
    ["kvPairs of a list", f.kvPairs({ description }), ["a=1", "b=x=y"], { a: "1", b: "x=y" }],
    ["kvPairs of one text", f.kvPairs({ description }), "a=1", { a: "1" }],
    ["durationSecond", f.durationSecond({ description }), "1h", 3600],
    ["signedDurationSecond", f.signedDurationSecond({ description }), "-1h", -3600],
    ["slice", f.slice({ description }), [1, "x"], [1, "x"]],
    ["slice of one", f.slice({ description }), "x", ["x"]],
    ["stringSlice", f.stringSlice({ description }), [" a ", 2], ["a", "2"]],
    ["stringSlice of nothing", f.stringSlice({ description }), "", []],
    ["stringSlice keeps commas", f.stringSlice({ description }), "a,b", ["a,b"]],
    ["commaStringSlice", f.commaStringSlice({ description }), "a, b,,c", ["a", "b", "", "c"]],
    ["commaStringSlice of nothing", f.commaStringSlice({ description }), "", []],
    ["commaStringSlice of a list", f.commaStringSlice({ description }), ["a", "b"], ["a", "b"]],
    ["commaIntSlice", f.commaIntSlice({ description }), "1,2", [1, 2]],
    ["commaIntSlice of a number", f.commaIntSlice({ description }), 7, [7]],
    [
      "header of a map",
      f.header({ description }),
      { a: "x", B: ["y", 1] },
      { A: ["x"], B: ["y", "1"] },
    ],
    ["header of a list", f.header({ description }), ["a:x", "A:y"], { A: ["x", "y"] }],
    ["header of JSON", f.header({ description }), '{"x-a":"x"}', { "X-A": ["x"] }],
    ["header of base64", f.header({ description }), "eyJhIjoieCJ9", { A: ["x"] }],
    [
      "time of RFC 3339",
      f.time({ description }),
      "2030-01-31T12:00:00+01:00",
      new Date("2030-01-31T11:00:00Z"),
    ],
    ["time of seconds", f.time({ description }), "1700000000", new Date("2023-11-14T22:13:20Z")],
    ["any", f.any({ description }), [{ a: null }], [{ a: null }]],
  ])("%s", ([, field, raw, value]) => {
    expect(parseInput({ it: field }, { it: raw })).toEqual({ it: value });
  });
});

describe("each type rejects, with a message", () => {
  test.for<[name: string, field: Field, raw: unknown, mustBe: string]>([
    ["string of a list", f.string({ description }), ["x"], "a string"],
    ["nameString with a slash", f.nameString({ description }), "a/b", "a name of letters"],
    ["nameString with a line end", f.nameString({ description }), "a\n", "a name of letters"],
    ["string of a number that lost its digits", f.string({ description }), 2 ** 53, "a string"],
    ["int of a fraction as text", f.int({ description }), "3.9", "a whole number"],
    ["int of a word", f.int({ description }), "x", "a whole number"],
    ["int beyond what is exact", f.int({ description }), 2 ** 60, "a whole number"],
    ["float of a word", f.float({ description }), "Infinity", "a number"],
    ["bool of a word", f.bool({ description }), "yes", "true or false"],
    ["bool of the empty text", f.bool({ description }), "", "true or false"],
    ["float of a number that is too large", f.float({ description }), Number("1e400"), "a number"],
    ["map of a text", f.map({ description }), "x", "a map"],
    [
      "kvPairs without a sign",
      f.kvPairs({ description }),
      ["a"],
      "a map of strings, or key=value pairs",
    ],
    ["a negative duration", f.durationSecond({ description }), -1, "a duration, zero or more"],
    [
      "a signed duration of a word",
      f.signedDurationSecond({ description }),
      "x",
      "a duration: seconds",
    ],
    ["stringSlice of maps", f.stringSlice({ description }), [{}], "a list of strings"],
    ["commaIntSlice of words", f.commaIntSlice({ description }), "1,x", "a list of whole numbers"],
    ["header of a number in a list", f.header({ description }), [1], "a map of HTTP headers"],
    ["header of a bool", f.header({ description }), { a: true }, "a map of HTTP headers"],
    [
      "time of a day that isn't",
      f.time({ description }),
      "2030-02-30T12:00:00Z",
      "a time: RFC 3339",
    ],
    ["time of a fraction", f.time({ description }), 1.5, "a time: RFC 3339"],
    ["time of a word", f.time({ description }), "tomorrow", "a time: RFC 3339"],
    ["time without a zone", f.time({ description }), "2030-01-31T12:00:00", "a time: RFC 3339"],
    [
      "a value that isn't allowed",
      f.string({ description, allowedValues: ["a", "b"] }),
      "c",
      'one of "a", "b"',
    ],
    ["a text too long", f.string({ description, maxLength: 2 }), "abc", "at most 2 characters"],
    [
      "emoji, one too many",
      f.string({ description, maxLength: 2 }),
      "🔑🔑🔑",
      "at most 2 characters",
    ],
    [
      "emoji, many too many",
      f.string({ description, maxLength: 2 }),
      "🔑".repeat(9),
      "at most 2 characters",
    ],
    [
      "a text out of shape",
      f.string({ description, matches: { pattern: /^\d+$/, mustBe: "digits" } }),
      "x",
      "digits",
    ],
    [
      "a text out of shape for its spaces",
      f.string({ description, matches: { pattern: /^\d+$/, mustBe: "digits" } }),
      "1 2",
      "digits: it has a space",
    ],
    [
      "a text with a line break within",
      f.string({ description, matches: { pattern: /^\d+$/, mustBe: "digits" }, trimLineEnd: true }),
      "1\n2\n",
      "digits: it has a line break",
    ],
  ])("%s", ([, field, raw, mustBe]) => {
    const refused = () => parseInput({ it: field }, { it: raw });
    expect(refused).toThrow(PluginError);
    expect(refused).toThrow(`Field validation failed: field "it" must be ${mustBe}`);
  });
});

test.for(["g", "y"])("a pattern with the flag %s gives each request the same answer", (flag) => {
  const pattern = new RegExp("^[a-z]+$", flag);
  const fields = { it: f.string({ description, matches: { pattern, mustBe: "a word" } }) };
  for (let request = 0; request < 2; request += 1)
    expect(parseInput(fields, { it: "word" })).toEqual({ it: "word" });
  for (let request = 0; request < 2; request += 1)
    expect(() => parseInput(fields, { it: "two words" })).toThrow("a word: it has a space");
});

test("a field that isn't sent is absent, whatever its default", () => {
  expect(parseInput({ it: f.string({ description, default: "x" }) }, {})).toEqual({});
});

describe("null", () => {
  const types = Object.keys(f) as (keyof typeof f)[];
  const fieldOf = (type: keyof typeof f, required: boolean): Field => ({
    type,
    required,
    description,
  });

  test.for(types)("is not sent, as %s", (type) => {
    expect(parseInput({ it: fieldOf(type, false) }, { it: null })).toEqual({});
  });

  test.for(types)("is missing, as a required %s", (type) => {
    const refused = () => parseInput({ it: fieldOf(type, true) }, { it: null });
    expect(refused).toThrow('missing required field "it"');
  });

  test.for(types)("stays null in a patch, as %s", (type) => {
    const sensitive = { ...fieldOf(type, false), sensitive: true };
    expect(parseInput({ it: sensitive }, { it: null }, "patch")).toEqual({ it: null });
  });

  test.for(types)("can't clear a required %s", (type) => {
    const refused = () => parseInput({ it: fieldOf(type, true) }, { it: null }, "patch");
    expect(refused).toThrow('Field validation failed: required field "it" can\'t be cleared');
  });

  test("within a list or a map is as Vault has it", () => {
    const fields = { list: f.stringSlice({ description }), map: f.map({ description }) };
    const raw = { list: ["a", null], map: { a: null } };
    expect(parseInput(fields, raw)).toEqual({ list: ["a", ""], map: { a: null } });
  });
});

test("a required field that is missing is named", () => {
  const refused = () => parseInput({ it: f.string({ description, required: true }) }, {});
  expect(refused).toThrow('missing required field "it"');
});

test.for(["partial", "patch"] as const)(
  "a required field may be missing in a %s request",
  (kind) => {
    expect(parseInput({ it: f.string({ description, required: true }) }, {}, kind)).toEqual({});
  },
);

test("sensitive values are redacted", () => {
  const input = parseInput({ it: f.string({ description, sensitive: true }) }, { it: "hunter2" });
  expect(input["it"]).toBeInstanceOf(Redacted);
  expect((input["it"] as Redacted).reveal()).toBe("hunter2");
});

test("all invalid fields are reported at once, and no value is repeated", () => {
  const fields = { ttl: f.durationSecond({ description }), on: f.bool({ description }) };
  try {
    parseInput(fields, { ttl: "hunter2", on: "hunter2" });
    expect.unreachable();
  } catch (error) {
    const { message, code } = PluginError.from(error);
    expect(code).toBe("bad_request");
    expect(message).toContain('"ttl"');
    expect(message).toContain('"on"');
    expect(message).not.toContain("hunter2");
  }
});

test("a name of the prototype isn't a field and sets nothing", () => {
  const sent = JSON.parse(
    '{"__proto__": {"polluted": true}, "it": {"__proto__": {"polluted": true}}}',
  );
  const input = parseInput({ it: f.map({ description }) }, sent);
  expect(Object.keys(input)).toEqual(["it"]);
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
});

test("withDefaults fills absent fields with their defaults", () => {
  const fields = {
    size: f.int({ description, default: 5 }),
    kind: f.string({ description, default: "big" }),
    name: f.string({ description }),
  };
  expect(withDefaults(fields, { size: 7 })).toEqual({ size: 7, kind: "big" });
  expect(withDefaults(fields, {})).toEqual({ size: 5, kind: "big" });
});

test("withDefaults redacts the default of a sensitive field, as its values are", () => {
  const fields = { it: f.string({ description, sensitive: true, default: "initial" }) };
  expect(withDefaults(fields, {}).it).toStrictEqual(new Redacted("initial"));
  expect(withDefaults(fields, {}).it?.reveal()).toBe("initial");
});
