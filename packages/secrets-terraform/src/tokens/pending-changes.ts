/** The longest that a reader waits, in milliseconds. Terraform Cloud answers in less than a second, if it does. */
const MAX_WAIT_MS = 5000;

/**
 * Changes that are under way at Terraform Cloud, by key. The old token ends when Terraform Cloud makes the new one, and the new one is known only when
 * its answer is here: whoever reads in between would be given a token that is dead.
 */
export class PendingChanges {
  readonly #pending = new Map<string, Promise<unknown>>();

  /** Runs a change; one at a time for a key. */
  async run<T>(key: string, change: () => Promise<T>): Promise<T> {
    const pending = change();
    this.#pending.set(key, pending);
    try {
      return await pending;
    } finally {
      this.#pending.delete(key);
    }
  }

  /** Waits until the key's change has ended, well or badly; or for five seconds, lest whoever reads depends on a Terraform Cloud that hangs. */
  async settled(key: string): Promise<void> {
    const pending = this.#pending.get(key);
    if (!pending) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, MAX_WAIT_MS);
      const settle = () => {
        clearTimeout(timer);
        resolve();
      };
      pending.then(settle, settle);
    });
  }
}
