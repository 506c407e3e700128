import type { Mount } from "./mount.ts";
import type { MountStorage, Storage } from "./storage.ts";
import type { SystemView } from "./system-view.ts";

/** More entries than that are not kept: the oldest ones go. */
const MAX_ENTRIES = 10_000;

/** Milliseconds that a standby keeps what it has read: a host tells it of writes elsewhere, but not of a snapshot that was restored. */
const STANDBY_MAX_AGE_MS = 1000;

/** Storage that keeps what it has read. Values are shared: they must not be changed in place. */
export interface CachedStorage extends MountStorage {
  /** Drops what is kept of a key: for the backend's `invalidate`, which tells of writes on other nodes. */
  invalidate(key: string): void;
}

interface Kept {
  readonly reading: Promise<Uint8Array | undefined>;
  /** When it was begun, in milliseconds since 1970. */
  readonly since: number;
}

/**
 * A view of a mount's storage that asks the host once for each key, until it is written here or somewhere else; on a standby also once a second.
 * Where the operator has disabled caching, it asks each time.
 */
export function cachedStorage({
  storage,
  system,
  clock,
}: Pick<Mount, "storage" | "system" | "clock">): CachedStorage {
  const kept = new Map<string, Kept>();
  // A node that becomes active, or a standby, makes its backends anew.
  let maxAgeMs: Promise<number> | undefined;
  /** What the host couldn't tell is asked for anew by the next read. */
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
      maxAgeMs ??= maxAge(system);
      const limit = await maxAgeMs.catch(again);
      if (limit === 0) return await storage.get(key);
      const found = kept.get(key);
      return await (found && isYounger(clock.now() - found.since, limit) ? found.reading : read(key));
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

/** How long what was read is kept, in milliseconds; 0 for not at all. */
async function maxAge(system: SystemView): Promise<number> {
  if (await system.cachingDisabled()) return 0;
  return (await system.isStandby()) ? STANDBY_MAX_AGE_MS : Number.POSITIVE_INFINITY;
}

/** Of a clock that was set back, an age is no proof. */
function isYounger(ageMs: number, limitMs: number): boolean {
  return ageMs >= 0 && ageMs < limitMs;
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
