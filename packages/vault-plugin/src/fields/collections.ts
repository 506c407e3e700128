import { parseInteger, parseString } from "./scalars.ts";

/** Vault's weak typing of lists and maps. `undefined` is "can't be one". */

export function isRecord(raw: unknown): raw is Readonly<Record<string, unknown>> {
  return typeof raw === "object" && raw !== null && !Array.isArray(raw);
}

/** A list of maps is one map, the later ones winning. */
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

/** What is between two commas may be empty, as Vault has it. */
export function parseCommaStringSlice(raw: unknown): readonly string[] | undefined {
  return parseStringSlice(typeof raw === "string" && raw !== "" ? raw.split(",") : raw);
}

export function parseCommaIntSlice(raw: unknown): readonly number[] | undefined {
  if (raw === "") return [];
  return each(typeof raw === "string" ? raw.split(",") : parseSlice(raw), parseInteger);
}

/** A map of texts, or a list of `key=value`, whose blanks count. */
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

/** A text and what follows the first separator in it. */
export const pairOf =
  (separator: string) =>
  (raw: unknown): readonly [string, string] | undefined => {
    if (typeof raw !== "string") return undefined;
    const at = raw.indexOf(separator);
    return at > 0 ? [raw.slice(0, at), raw.slice(at + separator.length)] : undefined;
  };

/** All of them parsed; undefined if one can't be, or if there is no list. */
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
