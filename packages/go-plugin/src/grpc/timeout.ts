/**
 * `grpc-timeout`: at most eight digits and a unit.
 * https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */

const MILLISECONDS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

/** The maximum delay of a Node timer, in milliseconds: nearly 25 days. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Parses the header into milliseconds, rounded up, at most the maximum of a timer; undefined if it
 * is absent or malformed.
 */
export function parseTimeout(header: string | undefined): number | undefined {
  const [, digits, unit = ""] = /^(\d{1,8})([HMSmun])$/.exec(header ?? "") ?? [];
  const factor = MILLISECONDS[unit];
  if (digits === undefined || factor === undefined) return undefined;
  return Math.min(Math.ceil(Number(digits) * factor), MAX_TIMER_MS);
}

/** Formats milliseconds as the header, rounded up. */
export function formatTimeout(milliseconds: number): string {
  const whole = Math.max(0, Math.ceil(milliseconds));
  return whole < 1e8 ? `${whole}m` : `${Math.min(Math.ceil(whole / 1000), 99_999_999)}S`;
}
