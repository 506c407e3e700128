import { PluginError } from "../errors.ts";
import { Redacted } from "../redacted.ts";
import type { Field, Fields } from "./field.ts";
import { fieldTypes } from "./types.ts";

/** Types whose null means "not sent"; for the others it is their zero value. As Vault has it. */
const NULL_IS_ABSENT: ReadonlySet<string> = new Set(["durationSecond", "signedDurationSecond", "time"]);

/**
 * The values of the fields that `raw` holds, converted and checked; names that aren't fields are passed over.
 *
 * @param whole Whether what is required has to be there.
 * @throws PluginError `bad_request`, naming every field that is wrong and what it takes. Values are never repeated.
 */
export function parseInput(
  fields: Fields,
  raw: Readonly<Record<string, unknown>>,
  whole = true,
): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [name, field] of Object.entries(fields)) {
    const sent = Object.hasOwn(raw, name) && !(raw[name] === null && NULL_IS_ABSENT.has(field.type));
    if (!sent) {
      if (field.required && whole) problems.push(`missing required field "${name}"`);
      continue;
    }
    const parsed = fieldTypes[field.type].parse(raw[name]);
    const takes = parsed === undefined ? fieldTypes[field.type].takes : unmetConstraint(field, parsed);
    if (takes === undefined) input[name] = field.sensitive ? new Redacted(parsed) : parsed;
    else problems.push(`field "${name}" takes ${takes}`);
  }
  if (problems.length > 0)
    throw new PluginError("bad_request", `Field validation failed: ${problems.join("; ")}`);
  return input;
}

/** What the field takes, if the value isn't that. */
function unmetConstraint(field: Field, value: unknown): string | undefined {
  if (field.allowedValues !== undefined && !field.allowedValues.includes(value)) {
    return `one of ${field.allowedValues.map((allowed) => JSON.stringify(allowed)).join(", ")}`;
  }
  if (typeof value !== "string") return undefined;
  if (field.maxLength !== undefined && value.length > field.maxLength)
    return `at most ${field.maxLength} characters`;
  if (field.matches !== undefined && value !== "" && !field.matches.pattern.test(value))
    return field.matches.takes;
  return undefined;
}
