/**
 * Measures what is to be compared in rounds, each in another order: what disturbs the machine for a
 * while disturbs all of it. A first round, in which just-in-time compilers work, doesn't count.
 *
 * @param groups What is compared with each other.
 */
export async function inRounds<T>(
  groups: readonly (readonly T[])[],
  rounds: number,
  measure: (subject: T, counts: boolean) => Promise<void>,
): Promise<void> {
  for (let round = 0; round <= rounds; round += 1) {
    for (const group of groups) {
      for (const subject of rotated(group, round)) await measure(subject, round > 0);
    }
  }
}

function rotated<T>(values: readonly T[], by: number): readonly T[] {
  const first = by % values.length;
  return [...values.slice(first), ...values.slice(0, first)];
}
