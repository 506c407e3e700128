const NANOSECONDS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

/** Further digits of a fraction are less than a nanosecond of any unit. */
const MAX_FRACTION_DIGITS = 18;

/** The digits of the longest duration that a host can hold, in nanoseconds. */
const MAX_DIGITS = 19;

/** The longest duration that a host can hold, some 292 years. */
const MAX_NANOSECONDS = 2n ** 63n - 1n;
const MAX_SECONDS = Number(MAX_NANOSECONDS / 1_000_000_000n);

const INTEGER = /^[+-]?\d+$/;
const GO_DURATION = /^[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/;
const GO_DURATION_PART = /(\d*)\.?(\d*)(ns|us|µs|μs|ms|s|m|h)/g;

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
  let nanoseconds = 0n;
  for (const [, whole = "", digits = "", unit = ""] of text.matchAll(GO_DURATION_PART)) {
    const count = whole.replace(/^0+/, "");
    // Beyond what a host can hold in any unit; to compute with millions of digits takes seconds.
    if (count.length > MAX_DIGITS) return undefined;
    const fraction = digits.slice(0, MAX_FRACTION_DIGITS);
    const scaled = BigInt(count + fraction) * (NANOSECONDS[unit] ?? 0n);
    nanoseconds += scaled / 10n ** BigInt(fraction.length);
  }
  if (nanoseconds > MAX_NANOSECONDS) return undefined;
  const seconds = Number(nanoseconds / 1_000_000_000n);
  return text.startsWith("-") ? -seconds : seconds;
}
