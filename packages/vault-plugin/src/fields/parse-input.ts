import { PluginError } from "../errors.ts";
import { Redacted } from "../redacted.ts";
import type { Field, Fields } from "./field.ts";
import { trimLineEnd } from "./trim-line-end.ts";
import { fieldTypes } from "./types.ts";
import { unfitCharacters } from "./unfit-characters.ts";

/**
 * What a request contains: all required fields (`whole`), some of them (`partial`), or a JSON
 * merge patch (`patch`): some of them, in which null clears.
 */
export type InputKind = "whole" | "partial" | "patch";

/**
 * Converts and validates the fields of a request. Names that aren't fields are ignored. Null is
 * "not sent", whatever the type of the field; in a patch it stays null.
 *
 * @param raw The data of the request, as the host sent it.
 * @returns the values of the fields that were sent, by name; sensitive ones `Redacted`.
 * @throws PluginError `bad_request`, naming every field that is wrong and what it must be. Values
 * are never repeated.
 */
export function parseInput(
  fields: Fields,
  raw: Readonly<Record<string, unknown>>,
  kind: InputKind = "whole",
): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [name, field] of Object.entries(fields)) {
    const sent = Object.hasOwn(raw, name) ? raw[name] : undefined;
    if (sent === null && kind === "patch") {
      if (field.required) problems.push(`required field "${name}" can't be cleared`);
      else input[name] = null;
    } else if (sent === null || sent === undefined) {
      if (field.required && kind === "whole") problems.push(`missing required field "${name}"`);
    } else {
      const { value, mustBe } = parseField(field, sent);
      if (mustBe === undefined) input[name] = field.sensitive ? new Redacted(value) : value;
      else problems.push(`field "${name}" must be ${mustBe}`);
    }
  }
  if (problems.length > 0)
    throw new PluginError("bad_request", `Field validation failed: ${problems.join("; ")}`);
  return input;
}

/** Returns the value, or what it must be. */
function parseField(
  field: Field,
  sent: unknown,
): { readonly value?: unknown; readonly mustBe?: string } {
  const type = fieldTypes[field.type];
  const value = type.parse(
    field.trimLineEnd && typeof sent === "string" ? trimLineEnd(sent) : sent,
  );
  const mustBe = value === undefined ? type.mustBe : unmetConstraint(field, value);
  return mustBe === undefined ? { value } : { mustBe };
}

/** Returns what a value must be; undefined if it is that. */
export function unmetConstraint(field: Field, value: unknown): string | undefined {
  if (field.allowedValues !== undefined && !field.allowedValues.includes(value)) {
    return `one of ${field.allowedValues.map((allowed) => JSON.stringify(allowed)).join(", ")}`;
  }
  if (typeof value !== "string") return undefined;
  if (field.maxLength !== undefined && isLonger(value, field.maxLength))
    return `at most ${field.maxLength} characters`;
  // Unlike test, search ignores where a pattern with the flag g has matched before.
  if (field.matches !== undefined && value !== "" && value.search(field.matches.pattern) === -1) {
    const found = unfitCharacters(field.matches.pattern, value);
    return found === undefined ? field.matches.mustBe : `${field.matches.mustBe}: it has ${found}`;
  }
  return undefined;
}

/**
 * Whether a string has more code points. It has as many UTF-16 units, or up to twice as many.
 */
function isLonger(text: string, maxLength: number): boolean {
  if (text.length <= maxLength) return false;
  return text.length > 2 * maxLength || [...text].length > maxLength;
}
