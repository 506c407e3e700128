/** One piece of work that several wait for. */
interface Shared {
  readonly result: Promise<unknown>;
  readonly controller: AbortController;
  waiting: number;
}

/**
 * Work that is under way for a key is shared by all who ask for it meanwhile; it is told when none
 * of them waits any more.
 */
export class SharedWork {
  readonly #shared = new Map<string, Shared>();

  /**
   * The outcome of the key's work that is under way, or of new work.
   *
   * @param signal Of the request.
   * @param work Gets a signal that is aborted when all who asked have gone.
   */
  async run<T>(
    key: string,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const shared = this.#shared.get(key) ?? this.#begin(key, work);
    shared.waiting += 1;
    return await new Promise<T>((resolve, reject) => {
      const leave = () => {
        shared.waiting -= 1;
        reject(signal.reason);
        if (shared.waiting > 0) return;
        // Who comes now must not get the outcome of what nobody waited for.
        this.#end(key, shared);
        shared.controller.abort(signal.reason);
      };
      if (signal.aborted) leave();
      signal.addEventListener("abort", leave, { once: true });
      const settled = () => signal.removeEventListener("abort", leave);
      shared.result.finally(settled).then((result) => resolve(result as T), reject);
    });
  }

  #begin(key: string, work: (signal: AbortSignal) => Promise<unknown>): Shared {
    const controller = new AbortController();
    const shared: Shared = { result: work(controller.signal), controller, waiting: 0 };
    this.#shared.set(key, shared);
    const end = () => this.#end(key, shared);
    shared.result.then(end, end);
    return shared;
  }

  #end(key: string, shared: Shared): void {
    if (this.#shared.get(key) === shared) this.#shared.delete(key);
  }
}
