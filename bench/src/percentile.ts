/** The value that the given part of all values doesn't exceed, rounded; NaN if there are none. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN,
  );
}
