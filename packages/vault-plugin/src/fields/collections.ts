import { parseInteger, parseString } from "./scalars.ts";

/** Vault's weak typing of lists and maps. Parsers return undefined for values that can't be one. */

export function isRecord(raw: unknown): raw is Readonly<Record<string, unknown>> {
  return typeof raw === "object" && raw !== null && !Array.isArray(raw);
}

/** A list of maps is merged into one map; later ones override earlier ones. */
export function parseMap(raw: unknown): Readonly<Record<string, unknown>> | undefined {
  if (raw === null) return {};
  if (isRecord(raw)) return raw;
  if (!Array.isArray(raw)) return undefined;
  const maps = each(raw, parseMap);
  return maps && Object.fromEntries(maps.flatMap((map) => Object.entries(map)));
}

export function parseSlice(raw: unknown): readonly unknown[] | undefined {
  if (Array.isArray(raw)) return raw;
  return isRecord(raw) && Object.keys(raw).length === 0 ? [] : [raw];
}

export function parseStringSlice(raw: unknown): readonly string[] | undefined {
  if (raw === "") return [];
  return each(parseSlice(raw), parseString)?.map((text) => text.trim());
}

/** Elements may be empty, as in Vault. */
export function parseCommaStringSlice(raw: unknown): readonly string[] | undefined {
  return parseStringSlice(typeof raw === "string" && raw !== "" ? raw.split(",") : raw);
}

export function parseCommaIntSlice(raw: unknown): readonly number[] | undefined {
  if (raw === "") return [];
  return each(typeof raw === "string" ? raw.split(",") : parseSlice(raw), parseInteger);
}

/** A map of strings, or a list of `key=value`, whose spaces are kept. */
export function parseKvPairs(raw: unknown): Readonly<Record<string, string>> | undefined {
  const map = parseMap(raw);
  const pairs: readonly (readonly [string, unknown])[] | undefined = map
    ? Object.entries(map)
    : each(parseSlice(raw), pairOf("="));
  const texts = each(pairs, ([name, value]) => {
    const text = parseString(value);
    return text === undefined ? undefined : ([name, text] as const);
  });
  return texts && Object.fromEntries(texts);
}

/** Splits a string at its first separator. */
export const pairOf =
  (separator: string) =>
  (raw: unknown): readonly [string, string] | undefined => {
    if (typeof raw !== "string") return undefined;
    const at = raw.indexOf(separator);
    return at > 0 ? [raw.slice(0, at), raw.slice(at + separator.length)] : undefined;
  };

/** Parses each element; returns undefined if one can't be parsed, or if it isn't a list. */
export function each<R, V>(
  list: readonly R[] | undefined,
  parse: (raw: R) => V | undefined,
): V[] | undefined {
  const values: V[] = [];
  for (const raw of list ?? []) {
    const value = parse(raw);
    if (value === undefined) return undefined;
    values.push(value);
  }
  return list && values;
}
