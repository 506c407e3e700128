/**
 * Runs a function that may fail with an expected error: any other is a finding.
 *
 * @returns its result.
 */
export function allow<T>(isForeseen: (error: unknown) => boolean, run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (isForeseen(error)) return undefined;
    throw error;
  }
}

/** Reports a finding unless the condition holds. */
export function mustHold(holds: boolean, what: string): void {
  if (!holds) throw new Error(`found: ${what}`);
}
