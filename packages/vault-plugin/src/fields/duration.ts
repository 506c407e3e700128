const NANOSECONDS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/** The longest duration that a host can hold: 2^63 - 1 nanoseconds, some 292 years. */
const MAX_SECONDS = 9_223_372_036;

const INTEGER = /^[+-]?\d+$/;
const GO_DURATION = /^[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/;
const GO_DURATION_PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g;

/**
 * Parses a duration in any notation that Vault accepts into whole seconds, rounded towards zero: a
 * number of seconds (`90`, `"90"`), Go's notation (`"1h30m"`, `"1.5h"`), or days (`"2d"`). The
 * empty string is 0.
 *
 * @returns undefined for anything else, and for more than a 64-bit number of nanoseconds can hold.
 */
export function parseDuration(raw: unknown): number | undefined {
  const seconds =
    typeof raw === "number" ? raw : typeof raw === "string" ? secondsOf(raw) : undefined;
  if (seconds === undefined || !(Math.abs(seconds) <= MAX_SECONDS)) return undefined;
  // Adding 0 turns -0 into 0.
  return Math.trunc(seconds) + 0;
}

function secondsOf(text: string): number | undefined {
  if (text === "") return 0;
  if (INTEGER.test(text)) return Number(text);
  if (text.endsWith("d"))
    return INTEGER.test(text.slice(0, -1)) ? Number(text.slice(0, -1)) * 86_400 : undefined;
  if (!GO_DURATION.test(text)) return undefined;
  let nanoseconds = 0;
  for (const [, count, unit] of text.matchAll(GO_DURATION_PART)) {
    nanoseconds += Number(count) * (NANOSECONDS[unit ?? ""] ?? Number.NaN);
  }
  return (text.startsWith("-") ? -nanoseconds : nanoseconds) / 1e9;
}
