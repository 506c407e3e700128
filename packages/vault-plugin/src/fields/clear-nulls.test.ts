import { describe, expect, test } from "vitest";
import { Redacted } from "../redacted.ts";
import { clearNulls } from "./clear-nulls.ts";
import { type Field, f } from "./field.ts";

const description = "A field.";

test("other values stay unchanged, and absent fields stay absent", () => {
  const fields = {
    size: f.int({ description, default: 5 }),
    name: f.string({ description, default: "x" }),
  };
  expect(clearNulls(fields, { size: 7 })).toEqual({ size: 7 });
  expect(clearNulls(fields, {})).toEqual({});
});

describe("null becomes the default, or the zero value of the type", () => {
  test.for<[name: string, field: Field, value: unknown]>([
    [
      "a default",
      f.string({ description, default: "https://app.terraform.io" }),
      "https://app.terraform.io",
    ],
    ["a default that is false", f.bool({ description, default: false }), false],
    ["a default that is true", f.bool({ description, default: true }), true],
    ["string", f.string({ description }), ""],
    [
      "string that matches, if there is any",
      f.string({ description, matches: { pattern: /x/, mustBe: "x" } }),
      "",
    ],
    ["string that may be empty", f.string({ description, allowedValues: ["", "a"] }), ""],
    ["lowerCaseString", f.lowerCaseString({ description }), ""],
    ["int", f.int({ description }), 0],
    ["int64", f.int64({ description }), 0],
    ["float", f.float({ description }), 0],
    ["bool", f.bool({ description }), false],
    ["map", f.map({ description }), {}],
    ["kvPairs", f.kvPairs({ description }), {}],
    ["durationSecond", f.durationSecond({ description }), 0],
    ["signedDurationSecond", f.signedDurationSecond({ description }), 0],
    ["slice", f.slice({ description }), []],
    ["stringSlice", f.stringSlice({ description }), []],
    ["commaStringSlice", f.commaStringSlice({ description }), []],
    ["commaIntSlice", f.commaIntSlice({ description }), []],
    ["header", f.header({ description }), {}],
  ])("%s", ([, field, value]) => {
    expect(clearNulls({ it: field }, { it: null })).toEqual({ it: value });
  });

  test("the default of a sensitive field is redacted, like its values", () => {
    const { it } = clearNulls({ it: f.string({ description, sensitive: true }) }, { it: null });
    expect(it).toBeInstanceOf(Redacted);
    expect(it?.reveal()).toBe("");
  });
});

test.for<[name: string, field: Field, mustBe: string]>([
  ["of a set of values", f.string({ description, allowedValues: ["a", "b"] }), 'one of "a", "b"'],
  ["a name", f.nameString({ description }), "a name of letters"],
  ["a time", f.time({ description }), "a time: RFC 3339"],
  ["of any type", f.any({ description }), "any value"],
])("a field %s, without a default, can't be cleared", ([, field, mustBe]) => {
  const refused = () => clearNulls({ it: field }, { it: null });
  expect(refused).toThrow(
    `Field validation failed: field "it" can't be cleared: it must be ${mustBe}`,
  );
});
