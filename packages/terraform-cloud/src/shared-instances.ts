/** Shares one instance for each key, as long as it is in use. */
export class SharedInstances<T extends object> {
  readonly #instances = new Map<string, WeakRef<T>>();
  readonly #collected = new FinalizationRegistry<string>((key) => {
    // Another instance may have replaced the one that was collected.
    if (!this.#instances.get(key)?.deref()) this.#instances.delete(key);
  });

  /** The number of keys. */
  get size(): number {
    return this.#instances.size;
  }

  /** Returns the instance of a key. @param create Called if there is no instance in use. */
  get(key: string, create: () => T): T {
    const shared = this.#instances.get(key)?.deref();
    if (shared) return shared;
    const created = create();
    this.#instances.set(key, new WeakRef(created));
    this.#collected.register(created, key);
    return created;
  }
}
