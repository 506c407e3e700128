import type { Mount } from "./mount.ts";
import type { MountStorage, Storage } from "./storage.ts";
import type { SystemView } from "./system-view.ts";
import { WAL_PREFIX } from "./wal.ts";

/** The limit of cached entries: the oldest ones are removed first. */
const MAX_ENTRIES = 10_000;

/**
 * Milliseconds that a standby caches an entry: a host invalidates entries that other nodes write,
 * but not after a restored snapshot.
 */
const STANDBY_MAX_AGE_MS = 1000;

/** Storage that caches what it has read. Values are shared: don't change them in place. */
export interface CachedStorage extends MountStorage {
  /**
   * Removes a key from the cache: call it in the backend's `invalidate`, for writes on other nodes.
   */
  invalidate(key: string): void;
}

interface Kept {
  readonly reading: Promise<Uint8Array | undefined>;
  /** When the read began, in milliseconds since 1970. */
  readonly since: number;
}

/**
 * Returns a view of a mount's storage that reads each key from the host once, until the key is
 * written on this or another node. On a standby it reads again after a second. If the operator has
 * disabled caching, it reads each time, as it does WAL entries.
 */
export function cachedStorage({
  storage,
  system,
  clock,
}: Pick<Mount, "storage" | "system" | "clock">): CachedStorage {
  const kept = new Map<string, Kept>();
  // A node creates new backends when it becomes active or a standby.
  let maxAgeMs: Promise<number> | undefined;
  /** A failed read is not cached: the next one asks the host again. */
  const again = (error: unknown): never => {
    maxAgeMs = undefined;
    throw error;
  };

  const read = (key: string): Promise<Uint8Array | undefined> => {
    const reading = storage.get(key);
    kept.set(key, { reading, since: clock.now() });
    reading.catch(() => kept.get(key)?.reading === reading && kept.delete(key));
    const [oldest] = kept.keys();
    if (kept.size > MAX_ENTRIES && oldest !== undefined) kept.delete(oldest);
    return reading;
  };

  /** Removes the key before and after a change: a read during it may return either value. */
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
      maxAgeMs ??= maxAge(system);
      const limit = await maxAgeMs.catch(again);
      // The framework's rollback changes WAL entries without this view.
      if (limit === 0 || key.startsWith(WAL_PREFIX)) return await storage.get(key);
      const found = kept.get(key);
      return await (found && isYounger(clock.now() - found.since, limit)
        ? found.reading
        : read(key));
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

/** Returns how long entries are cached, in milliseconds; 0 for not at all. */
async function maxAge(system: SystemView): Promise<number> {
  if (await system.cachingDisabled()) return 0;
  return (await system.isStandby()) ? STANDBY_MAX_AGE_MS : Number.POSITIVE_INFINITY;
}

/** A negative age, after the clock was set back, doesn't count as young. */
function isYounger(ageMs: number, limitMs: number): boolean {
  return ageMs >= 0 && ageMs < limitMs;
}

/**
 * A transaction's view, whose reads aren't cached. Without transactions each change happens at
 * once: then the key is removed, too.
 */
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
