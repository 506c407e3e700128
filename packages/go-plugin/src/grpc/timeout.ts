const MILLISECONDS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

/** The longest that a timer of Node can wait; what is longer need not be watched. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** `grpc-timeout` in milliseconds, rounded up; undefined if it is absent, malformed or too long to matter. */
export function parseTimeout(header: string | undefined): number | undefined {
  const [, digits = "", unit = ""] = /^(\d{1,8})([HMSmun])$/.exec(header ?? "") ?? [];
  const milliseconds = Math.ceil(Number(digits) * (MILLISECONDS[unit] ?? Number.NaN));
  return digits !== "" && milliseconds <= MAX_TIMER_MS ? milliseconds : undefined;
}

/** Milliseconds as `grpc-timeout`. */
export function formatTimeout(milliseconds: number): string {
  const whole = Math.max(0, Math.ceil(milliseconds));
  return whole < 1e8 ? `${whole}m` : `${Math.min(Math.ceil(whole / 1000), 99_999_999)}S`;
}
