import { each, pairOf, parseMap } from "./collections.ts";
import { parseString } from "./scalars.ts";

type Header = Readonly<Record<string, readonly string[]>>;

const BASE64 = /^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/;
const TOKEN = /^[!#$%&'*+.^_`|~\w-]+$/;

/**
 * Parses HTTP headers in any form that Vault accepts. These are a map of strings or lists of
 * strings, the same in JSON (plain or in base64), or a list of `name:value`, whose spaces are kept.
 * Names get their canonical form: `content-type` becomes `Content-Type`.
 *
 * @returns undefined for anything else.
 */
export function parseHeader(raw: unknown): Header | undefined {
  if (typeof raw === "string") return fromJson(raw);
  const map = parseMap(raw);
  if (map) return fromMap(map);
  return collected(Array.isArray(raw) ? each(raw, pairOf(":")) : undefined);
}

function fromJson(text: string): Header | undefined {
  const unbroken = text.replace(/[\r\n]/g, "");
  const json = BASE64.test(unbroken) ? Buffer.from(unbroken, "base64").toString() : text;
  try {
    const parsed: unknown = JSON.parse(json);
    const map = Array.isArray(parsed) ? undefined : parseMap(parsed);
    return map && fromMap(map);
  } catch {
    return undefined;
  }
}

function fromMap(map: Readonly<Record<string, unknown>>): Header | undefined {
  const pairs = each(Object.entries(map), ([name, values]) =>
    each(Array.isArray(values) ? values : [values], headerText)?.map(
      (text) => [name, text] as const,
    ),
  );
  return collected(pairs?.flat());
}

/** A string or a number, and nothing else: other values are ambiguous as a header. */
function headerText(raw: unknown): string | undefined {
  return typeof raw === "string" || typeof raw === "number" ? parseString(raw) : undefined;
}

function collected(pairs: readonly (readonly [string, string])[] | undefined): Header | undefined {
  if (!pairs) return undefined;
  const header = new Map<string, string[]>();
  for (const [name, text] of pairs) {
    const key = canonical(name);
    const texts = header.get(key);
    if (texts) texts.push(text);
    else header.set(key, [text]);
  }
  return Object.fromEntries(header);
}

/** Capitalizes each word, as Go does; an invalid name is not changed. */
function canonical(name: string): string {
  if (!TOKEN.test(name)) return name;
  return name.toLowerCase().replace(/(?:^|-)[a-z]/g, (start) => start.toUpperCase());
}
