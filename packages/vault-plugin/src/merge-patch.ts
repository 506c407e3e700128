import { isRecord } from "./fields/collections.ts";

/**
 * What a JSON merge patch makes of a value: the names that it has replace, null removes, maps are merged all the way down. Source: RFC 7396, by
 * which hosts take `patch` requests; `request.data` has the patch as it was sent.
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
