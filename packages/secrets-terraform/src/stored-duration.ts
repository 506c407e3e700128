import * as v from "valibot";

const NANOSECONDS = 1e9;

/**
 * A duration in a stored entry: nanoseconds there, as HashiCorp's engine writes them, seconds here.
 * Absent is 0.
 */
export const storedDuration = v.optional(
  v.pipe(
    v.number(),
    v.transform((nanoseconds) => Math.trunc(nanoseconds / NANOSECONDS)),
  ),
  0,
);

/** Seconds as they are stored. */
export function encodeDuration(seconds: number): number {
  return seconds * NANOSECONDS;
}
