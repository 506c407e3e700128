import { PluginError } from "./errors.ts";

/**
 * Mutual exclusion by key, within the process, in the order of the calls: work on one key doesn't
 * wait for work on another.
 */
export class KeyedLock {
  /** The waiting calls for each key that is held. */
  readonly #waiting = new Map<string, (() => void)[]>();

  /**
   * Waits until all keys are free, and holds them until the result is disposed of. Keys are
   * acquired in sorted order, so that two calls with the same keys never wait for each other.
   *
   * @param keys Any strings; duplicates count once.
   * @param signal Of the request: the call stops waiting when it is aborted.
   * @throws PluginError The signal's reason, if that is one; else `canceled`.
   * @example
   * using _held = await lock.acquire([`role/${name}`], signal);
   */
  async acquire(keys: readonly string[], signal?: AbortSignal): Promise<Disposable> {
    const held: string[] = [];
    const release = () => {
      for (const key of held.splice(0)) this.#free(key);
    };
    try {
      for (const key of [...new Set(keys)].sort()) {
        await this.#take(key, signal);
        held.push(key);
      }
    } catch (error) {
      release();
      throw error;
    }
    return { [Symbol.dispose]: release };
  }

  async #take(key: string, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted) throw canceled(signal);
    const queue = this.#waiting.get(key);
    if (!queue) {
      this.#waiting.set(key, []);
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const go = () => {
        signal?.removeEventListener("abort", leave);
        resolve();
      };
      const leave = () => {
        queue.splice(queue.indexOf(go), 1);
        reject(canceled(signal));
      };
      queue.push(go);
      signal?.addEventListener("abort", leave, { once: true });
    });
  }

  #free(key: string): void {
    const next = this.#waiting.get(key)?.shift();
    if (next) next();
    else this.#waiting.delete(key);
  }
}

function canceled(signal: AbortSignal | undefined): PluginError {
  const { reason } = signal ?? {};
  return reason instanceof PluginError
    ? reason
    : new PluginError("canceled", "the client canceled the request");
}
