import { PluginError } from "../errors.ts";

const NANOSECONDS_PER_SECOND = 1_000_000_000n;

/**
 * Returns seconds in the protocol's nanoseconds, a 64-bit integer. Fractions are rounded to the
 * millisecond.
 */
export function toNanoseconds(seconds: number): bigint {
  return BigInt(Math.round(seconds * 1000)) * 1_000_000n;
}

/** Nanoseconds of the protocol as whole seconds, rounded towards zero. */
export function toSeconds(nanoseconds: bigint): number {
  return Number(nanoseconds / NANOSECONDS_PER_SECOND);
}

/**
 * A time of the protocol; the beginning of 1970 if there is none.
 *
 * @throws PluginError `internal` for one that no date can hold: the protocol's seconds reach
 * further.
 */
export function decodeTime(time: Date = new Date(0)): Date {
  if (!Number.isNaN(time.getTime())) return time;
  throw new PluginError("internal", "the host sent a lease with an invalid time of issue");
}
