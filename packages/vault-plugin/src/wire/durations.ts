const NANOSECONDS_PER_SECOND = 1_000_000_000n;

/** Seconds as the protocol has them: nanoseconds, as a 64-bit integer. Fractions are kept to the millisecond. */
export function toNanoseconds(seconds: number): bigint {
  return BigInt(Math.round(seconds * 1000)) * 1_000_000n;
}

/** Nanoseconds of the protocol as whole seconds, rounded towards zero. */
export function toSeconds(nanoseconds: bigint): number {
  return Number(nanoseconds / NANOSECONDS_PER_SECOND);
}
