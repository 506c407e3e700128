import { PluginError } from "./errors.ts";

/** Mutual exclusion by key, within the process: what holds one key doesn't hold up another. First come, first served. */
export class KeyedLock {
  readonly #tails = new Map<string, Promise<void>>();

  /**
   * Runs `work` when all that came before it for the key has ended; gives what it gives.
   *
   * @param signal The request's: work that nobody waits for any more when its turn comes is left undone, and holds nobody up.
   * @throws PluginError `internal` for work that was left undone.
   */
  async run<T>(key: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const previous = this.#tails.get(key) ?? Promise.resolve();
    const result = previous.then(() => {
      if (signal?.aborted) throw new PluginError("internal", "the client has gone before its turn came");
      return work();
    });
    const tail = result.then(
      () => {},
      () => {},
    );
    this.#tails.set(key, tail);
    try {
      return await result;
    } finally {
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    }
  }
}
