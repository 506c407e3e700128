/** Runs what may fail, as long as it does so with an error that is foreseen: any other is a finding. Gives what came of it. */
export function allow<T>(isForeseen: (error: unknown) => boolean, run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (isForeseen(error)) return undefined;
    throw error;
  }
}

/** Fails, as a finding, unless it holds. */
export function mustHold(holds: boolean, what: string): void {
  if (!holds) throw new Error(`found: ${what}`);
}
