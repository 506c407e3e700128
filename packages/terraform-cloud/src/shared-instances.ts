/** Instances that all who ask with the same key share, for as long as one of them uses it. */
export class SharedInstances<T extends object> {
  readonly #instances = new Map<string, WeakRef<T>>();
  readonly #collected = new FinalizationRegistry<string>((key) => {
    // Another instance may have taken the place of the one that is gone.
    if (!this.#instances.get(key)?.deref()) this.#instances.delete(key);
  });

  /** How many keys are held. */
  get size(): number {
    return this.#instances.size;
  }

  /** @param create Called if nobody uses an instance of this key. */
  get(key: string, create: () => T): T {
    const shared = this.#instances.get(key)?.deref();
    if (shared) return shared;
    const created = create();
    this.#instances.set(key, new WeakRef(created));
    this.#collected.register(created, key);
    return created;
  }
}
