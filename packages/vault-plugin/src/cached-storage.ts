import type { Mount } from "./backend.ts";
import type { MountStorage, Storage } from "./storage.ts";

/** More entries than that are not kept: the oldest ones go. */
const MAX_ENTRIES = 10_000;

/** Storage that keeps what it has read. Values are shared: they must not be changed in place. */
export interface CachedStorage extends MountStorage {
  /** Drops what is kept of a key: for the backend's `invalidate`, which tells of writes on other nodes. */
  invalidate(key: string): void;
}

/**
 * A view of a mount's storage that asks the host once for each key, until it is written here or somewhere else. Where the operator has
 * disabled caching, it asks each time.
 */
export function cachedStorage({ storage, system }: Pick<Mount, "storage" | "system">): CachedStorage {
  const kept = new Map<string, Promise<Uint8Array | undefined>>();
  let disabled: Promise<boolean> | undefined;

  const read = (key: string): Promise<Uint8Array | undefined> => {
    const reading = storage.get(key);
    kept.set(key, reading);
    reading.catch(() => kept.get(key) === reading && kept.delete(key));
    const [oldest] = kept.keys();
    if (kept.size > MAX_ENTRIES && oldest !== undefined) kept.delete(oldest);
    return reading;
  };

  /** Drops the key before and after: a read amid the change may have either value. */
  const change = async (key: string, work: () => Promise<void>): Promise<void> => {
    kept.delete(key);
    try {
      await work();
    } finally {
      kept.delete(key);
    }
  };

  return {
    async get(key) {
      disabled ??= system.cachingDisabled();
      return (await disabled) ? await storage.get(key) : await (kept.get(key) ?? read(key));
    },
    put: (key, value) => change(key, () => storage.put(key, value)),
    delete: (key) => change(key, () => storage.delete(key)),
    list: (prefix, page) => storage.list(prefix, page),
    isTransactional: () => storage.isTransactional(),
    async transaction(work) {
      const changed = new Set<string>();
      const drop = () => {
        for (const key of changed) kept.delete(key);
      };
      try {
        return await storage.transaction((view) => work(noting(view, changed, drop)));
      } finally {
        drop();
      }
    },
    invalidate(key) {
      kept.delete(key);
    },
  };
}

/** A transaction's view, whose reads aren't kept. Where it is none, each change happens at once: the key is dropped then, too. */
function noting(view: Storage, changed: Set<string>, drop: () => void): Storage {
  const note = async (key: string, work: Promise<void>): Promise<void> => {
    changed.add(key);
    await work.finally(drop);
  };
  return {
    get: (key) => view.get(key),
    list: (prefix, page) => view.list(prefix, page),
    put: (key, value) => note(key, view.put(key, value)),
    delete: (key) => note(key, view.delete(key)),
  };
}
