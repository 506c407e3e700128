/**
 * Vault's weak typing of single values: each type accepts others that look like it. Parsers return
 * undefined for values that can't be one.
 */

const GO_INTEGER = /^[+-]?(?:0x[\da-f]+|0o?[0-7]+|0b[01]+|\d+)$/i;
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;
const TRUE = new Set(["1", "t", "T", "TRUE", "true", "True"]);
const FALSE = new Set(["0", "f", "F", "FALSE", "false", "False"]);

/** A number that JavaScript can't hold exactly is invalid: its digits are lost already. */
export function parseString(raw: unknown): string | undefined {
  if (raw === null) return "";
  if (typeof raw === "string") return raw;
  if (typeof raw === "boolean") return raw ? "1" : "0";
  return typeof raw === "number" && Math.abs(raw) <= Number.MAX_SAFE_INTEGER
    ? decimal(raw)
    : undefined;
}

export function parseLowerCaseString(raw: unknown): string | undefined {
  return parseString(raw)?.toLowerCase();
}

/** The pattern of a name, in paths and in name fields alike. */
export const NAME = /^\w(?:[\w.-]*\w)?$/;

export function parseNameString(raw: unknown): string | undefined {
  const text = parseString(raw);
  return text !== undefined && NAME.test(text) ? text : undefined;
}

/**
 * A whole number that JavaScript can hold exactly. The fraction of a number is cut off; a string
 * with one is invalid.
 */
export function parseInteger(raw: unknown): number | undefined {
  const number = typeof raw === "string" ? integerOf(raw) : parseFloatNumber(raw);
  if (number === undefined) return undefined;
  // Adding 0 turns -0 into 0.
  const whole = Math.trunc(number) + 0;
  return Number.isSafeInteger(whole) ? whole : undefined;
}

/** A finite number. */
export function parseFloatNumber(raw: unknown): number | undefined {
  if (raw === null || raw === "") return 0;
  if (typeof raw === "boolean") return raw ? 1 : 0;
  const number = typeof raw === "string" ? decimalOf(raw) : raw;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

/**
 * The empty string is invalid, although it is false in Go: its sender has a variable that isn't
 * set.
 */
export function parseBool(raw: unknown): boolean | undefined {
  if (typeof raw === "boolean") return raw;
  if (typeof raw === "number") return raw !== 0;
  if (typeof raw !== "string") return undefined;
  return TRUE.has(raw) ? true : FALSE.has(raw) ? false : undefined;
}

function integerOf(text: string): number | undefined {
  if (text === "") return 0;
  const plain = text.replace(/(?<=[\da-fxo])_(?=[\da-f])/gi, "");
  if (!GO_INTEGER.test(plain)) return undefined;
  const digits = plain.replace(/^[+-]/, "");
  const octal = /^0\d/.test(digits) ? `0o${digits.slice(1)}` : digits;
  return plain.startsWith("-") ? -Number(octal) : Number(octal);
}

function decimalOf(text: string): number | undefined {
  const plain = text.replace(/(?<=\d)_(?=\d)/g, "");
  return DECIMAL.test(plain) ? Number(plain) : undefined;
}

/** A number as Go prints it: never with an exponent. */
function decimal(number: number): string {
  const [mantissa = "", exponent] = String(number).split("e-");
  if (exponent === undefined) return mantissa;
  const zeros = "0".repeat(Number(exponent) - 1);
  return `${number < 0 ? "-" : ""}0.${zeros}${mantissa.replace(/[-.]/g, "")}`;
}
