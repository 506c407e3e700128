/** Vault's weak typing of single values: each takes what the others look like. `undefined` is "can't be one". */

const GO_INTEGER = /^[+-]?(?:0x[\da-f]+|0o?[0-7]+|0b[01]+|\d+)$/i;
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const TRUE = new Set(["1", "t", "T", "TRUE", "true", "True"]);
const FALSE = new Set(["", "0", "f", "F", "FALSE", "false", "False"]);

export function parseString(raw: unknown): string | undefined {
  if (raw === null) return "";
  if (typeof raw === "string") return raw;
  if (typeof raw === "boolean") return raw ? "1" : "0";
  if (typeof raw === "number") return decimal(raw);
  return undefined;
}

export function parseLowerCaseString(raw: unknown): string | undefined {
  return parseString(raw)?.toLowerCase();
}

/** What a name looks like, in paths and in name fields alike. */
export const NAME = /^\w(?:[\w.-]*\w)?$/;

export function parseNameString(raw: unknown): string | undefined {
  const text = parseString(raw);
  return text !== undefined && NAME.test(text) ? text : undefined;
}

/** A whole number that JavaScript can hold exactly; a fraction is cut off, as Go's conversion does. */
export function parseInteger(raw: unknown): number | undefined {
  const number = typeof raw === "string" ? integerOf(raw) : parseFloatNumber(raw);
  if (number === undefined) return undefined;
  const whole = Math.trunc(number) + 0;
  return Number.isSafeInteger(whole) ? whole : undefined;
}

export function parseFloatNumber(raw: unknown): number | undefined {
  if (raw === null || raw === "") return 0;
  if (typeof raw === "boolean") return raw ? 1 : 0;
  if (typeof raw === "number") return raw;
  if (typeof raw === "string" && DECIMAL.test(raw) && Number.isFinite(Number(raw))) return Number(raw);
  return undefined;
}

export function parseBool(raw: unknown): boolean | undefined {
  if (raw === null) return false;
  if (typeof raw === "boolean") return raw;
  if (typeof raw === "number") return raw !== 0;
  if (typeof raw !== "string") return undefined;
  return TRUE.has(raw) ? true : FALSE.has(raw) ? false : undefined;
}

/** RFC 3339 text, or seconds since 1970 as a number or its text; in UTC. */
export function parseTime(raw: unknown): Date | undefined {
  if (typeof raw === "number" || (typeof raw === "string" && DECIMAL.test(raw)))
    return validDate(Number(raw) * 1000);
  if (typeof raw !== "string") return undefined;
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(raw)
    ? validDate(raw)
    : undefined;
}

function validDate(from: string | number): Date | undefined {
  const date = new Date(from);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

function integerOf(text: string): number | undefined {
  if (text === "") return 0;
  if (!GO_INTEGER.test(text)) return undefined;
  const negative = text.startsWith("-");
  const digits = text.replace(/^[+-]/, "");
  const octal = /^0\d/.test(digits) ? `0o${digits.slice(1)}` : digits;
  return negative ? -Number(octal) : Number(octal);
}

/** A number as Go prints it: never with an exponent. */
function decimal(number: number): string {
  const text = String(number);
  return text.includes("e") ? BigInt(Math.trunc(number)).toString() : text;
}
