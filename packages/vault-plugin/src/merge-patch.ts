import { isRecord } from "./fields/collections.ts";

/**
 * Applies a JSON merge patch to a value: names in the patch replace, null removes, maps are merged
 * all the way down. For a field of type `map` or `any` in a patch handler, whose nulls within
 * arrive as they were sent. Source: RFC 7396.
 *
 * @param target The stored value; undefined counts as an empty map.
 * @returns the merged value. Neither argument is changed.
 * @example
 * patch: async ({ input }) => {
 *   const labels = mergePatch(await readLabels(), input.labels ?? {});
 *   // …
 * }
 */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const merged = new Map(Object.entries(isRecord(target) ? target : {}));
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else merged.set(name, mergePatch(merged.get(name), value));
  }
  return Object.fromEntries(merged);
}
