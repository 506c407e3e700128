import { PluginError } from "../errors.ts";
import { Redacted } from "../redacted.ts";
import type { Fields, Input, Patch } from "./field.ts";
import { unmetConstraint } from "./parse-input.ts";
import { fieldTypes } from "./types.ts";

/**
 * Turns a patch into the input of an update. Each null becomes the default of its field, or the
 * zero value of its type: the empty string, 0, false, an empty list or map. Use it for a path whose
 * `update` keeps what isn't sent, and where zero is "not set".
 *
 * @param fields The fields of the path.
 * @param patch The input of the patch handler.
 * @returns the values of the fields that were sent; a sensitive one that is cleared is `Redacted`,
 * as any other.
 * @throws PluginError `bad_request` naming the fields that can't be cleared: those without a
 * default whose zero value isn't allowed, or whose type has none (`nameString`, `time` and `any`).
 * @example
 * definePath("config", {
 *   help,
 *   params: {},
 *   fields,
 *   exists: async () => (await readConfig()) !== undefined,
 *   update: ({ input }) => write(input),
 *   patch: ({ input }) => write(clearNulls(fields, input)),
 * });
 */
export function clearNulls<F extends Fields>(fields: F, patch: Patch<F>): Partial<Input<F>> {
  const input: Record<string, unknown> = { ...patch };
  const problems: string[] = [];
  for (const [name, field] of Object.entries(fields)) {
    if (input[name] !== null) continue;
    const type = fieldTypes[field.type];
    const value = field.default ?? type.zero;
    const mustBe = value === undefined ? type.mustBe : unmetConstraint(field, value);
    if (mustBe === undefined) input[name] = field.sensitive ? new Redacted(value) : value;
    else problems.push(`field "${name}" can't be cleared: it must be ${mustBe}`);
  }
  if (problems.length > 0)
    throw new PluginError("bad_request", `Field validation failed: ${problems.join("; ")}`);
  return input as Partial<Input<F>>;
}
