import { parseInteger, parseString } from "./scalars.ts";

/** Vault's weak typing of lists and maps. `undefined` is "can't be one". */

export function isRecord(raw: unknown): raw is Readonly<Record<string, unknown>> {
  return typeof raw === "object" && raw !== null && !Array.isArray(raw);
}

export function parseMap(raw: unknown): Readonly<Record<string, unknown>> | undefined {
  if (raw === null) return {};
  if (isRecord(raw)) return raw;
  // A list of maps is one map, the later ones winning.
  if (Array.isArray(raw) && raw.every(isRecord)) return Object.fromEntries(raw.flatMap(Object.entries));
  return undefined;
}

export function parseSlice(raw: unknown): readonly unknown[] | undefined {
  if (raw === null) return [];
  if (Array.isArray(raw)) return raw;
  return isRecord(raw) && Object.keys(raw).length === 0 ? [] : [raw];
}

export function parseStringSlice(raw: unknown): readonly string[] | undefined {
  if (raw === "") return [];
  return each(parseSlice(raw), parseString)?.map((text) => text.trim());
}

export function parseCommaStringSlice(raw: unknown): readonly string[] | undefined {
  const listed = typeof raw === "string" ? raw.split(",") : parseSlice(raw);
  return each(listed, parseString)
    ?.map((text) => text.trim())
    .filter((text) => text !== "");
}

export function parseCommaIntSlice(raw: unknown): readonly number[] | undefined {
  if (raw === "") return [];
  return each(typeof raw === "string" ? raw.split(",") : parseSlice(raw), parseInteger);
}

/** A map of texts, or a list of `key=value`. */
export function parseKvPairs(raw: unknown): Readonly<Record<string, string>> | undefined {
  const map = parseMap(raw);
  const pairs = map ? Object.entries(map) : each(parseSlice(raw), pairOf("="));
  return entries(pairs, parseString);
}

/** A map of texts or lists of texts, the same as JSON text (plain or in base64), or a list of `name:value`. */
export function parseHeader(raw: unknown): Readonly<Record<string, readonly string[]>> | undefined {
  if (typeof raw === "string") {
    const decoded = jsonMap(Buffer.from(raw, "base64").toString()) ?? jsonMap(raw);
    return decoded && parseHeader(decoded);
  }
  if (isRecord(raw)) return entries(Object.entries(raw), (texts) => each(parseSlice(texts), parseString));
  const pairs = each(parseSlice(raw), pairOf(":"));
  if (!pairs) return undefined;
  const header = new Map<string, string[]>();
  for (const [name, text] of pairs) header.set(name, [...(header.get(name) ?? []), text]);
  return Object.fromEntries(header);
}

const pairOf =
  (separator: string) =>
  (raw: unknown): readonly [string, string] | undefined => {
    if (typeof raw !== "string") return undefined;
    const at = raw.indexOf(separator);
    return at > 0 ? [raw.slice(0, at).trim(), raw.slice(at + 1).trim()] : undefined;
  };

/** All of them parsed; undefined if one can't be, or if there is no list. */
function each<R, V>(list: readonly R[] | undefined, parse: (raw: R) => V | undefined): V[] | undefined {
  const values: V[] = [];
  for (const raw of list ?? []) {
    const value = parse(raw);
    if (value === undefined) return undefined;
    values.push(value);
  }
  return list && values;
}

function entries<V>(
  pairs: readonly (readonly [string, unknown])[] | undefined,
  parse: (raw: unknown) => V | undefined,
): Readonly<Record<string, V>> | undefined {
  const parsed = each(pairs, ([name, raw]) => {
    const value = parse(raw);
    return value === undefined ? undefined : ([name, value] as const);
  });
  return parsed && Object.fromEntries(parsed);
}

function jsonMap(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return isRecord(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}
