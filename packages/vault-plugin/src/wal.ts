import { randomUUID } from "node:crypto";
import * as v from "valibot";
import { PluginError } from "./errors.ts";
import { KeyedLock } from "./keyed-lock.ts";
import type { Mount } from "./mount.ts";
import { entryType, invalidPart, type Storage } from "./storage.ts";
import type { Tick } from "./tick.ts";

/** A WAL entry, as its rollback gets it. */
export interface WalEntry<T> {
  readonly id: string;
  readonly data: T;
  /** When it was written, by the clock of the node that wrote it. */
  readonly createdAt: Date;
  /** Replaces its data: call it before the rollback begins an operation that isn't in the entry. */
  update(data: T): Promise<void>;
  /**
   * Reads it again: undefined if it was committed since. A rollback that has waited for a lock
   * calls it first, since a request that held the lock may have ended the operation.
   */
  reload(): Promise<WalEntry<T> | undefined>;
}

/** An entry as it is stored, of whatever kind. */
export interface StoredWalEntry {
  readonly id: string;
  readonly data: unknown;
  readonly createdAt: Date;
}

/**
 * A WAL entry whose operation is in progress in this process: it isn't rolled back until it is
 * disposed of.
 */
export interface OpenWalEntry<T> extends Disposable {
  readonly id: string;
  /** Replaces the entry's data, when more is known. */
  update(data: T): Promise<void>;
  /**
   * Removes the entry: the outcome is stored or returned, or nothing was applied. Otherwise the
   * rollback gets it.
   */
  commit(): Promise<void>;
}

/**
 * `done` removes the entry. `keep` passes it to the rollback again the next minute. `restart` does
 * so when it has reached `minAge` again: the rollback's own operation has no known outcome yet.
 */
export type RollbackOutcome = "done" | "keep" | "restart";

export interface WalOptions<T> {
  /** Stored in each entry: never change it. */
  readonly kind: string;
  /** The schema of an entry's data. An older version may have written it. */
  readonly data: v.GenericSchema<unknown, T>;
  /** Seconds before an entry is rolled back: longer than its operation can last. */
  readonly minAge: number;
  /**
   * Whether the rollback changes only local storage. Then a performance secondary runs it too;
   * otherwise the entry waits there until the cluster is the primary.
   */
  readonly localWrites?: boolean;
  /**
   * Undoes the entry's operation, or completes it. It must succeed if nothing was applied, or if it
   * is undone already. Entries of one round are rolled back concurrently, so that a slow one delays
   * no other.
   *
   * @throws any error, which is logged; the entry is passed again the next minute.
   */
  readonly rollback: (entry: WalEntry<T>, tick: Tick) => Promise<RollbackOutcome>;
}

/** A kind of WAL entry without its type parameters. */
export interface Wal {
  readonly kind: string;
  readonly minAge: number;
  readonly localWrites: boolean;
  rollback(
    mount: Pick<Mount, "storage">,
    entry: StoredWalEntry,
    tick: Tick,
  ): Promise<RollbackOutcome>;
  /** Resets the age of an entry, unless it was removed. */
  restart(mount: Pick<Mount, "storage" | "clock">, id: string): Promise<void>;
}

export interface TypedWal<T> extends Wal {
  /** Writes an entry, before its operation. */
  begin(mount: Pick<Mount, "storage" | "clock">, data: T): Promise<OpenWalEntry<T>>;
  /**
   * Removes an entry that an operation left: its outcome is known by now. One that is gone is fine.
   */
  commit(mount: Pick<Mount, "storage">, id: string): Promise<void>;
  /**
   * Changes the data of an entry that an operation left: more is known of it by now. One that is
   * gone is fine.
   */
  update(mount: Pick<Mount, "storage">, id: string, change: (data: T) => T): Promise<void>;
}

/**
 * The prefix of entries, as in Vault's framework. Local: no other cluster should roll them back.
 */
export const WAL_PREFIX = "wal/";

/** As Vault's framework has it: seconds since 1970. */
const walEntry = entryType(
  v.object({ type: v.string(), data: v.unknown(), created_at: v.number() }),
);

/**
 * Defines a kind of WAL entry. An operation that changes a remote system begins an entry first, and
 * commits it once the outcome is stored or returned. If the process dies in between, or the
 * response is lost, the rollback gets the entry: the host asks for it once a minute.
 *
 * @example
 * const accounts = defineWal({
 *   kind: "account",
 *   data: v.object({ name: v.string() }),
 *   minAge: 90,
 *   rollback: async ({ data }) => {
 *     await api.deleteAccount(data.name);
 *     return "done";
 *   },
 * });
 *
 * using entry = await accounts.begin(mount, { name });
 * const account = await api.createAccount(name);
 * await accountEntry.put(mount.storage, `account/${name}`, account);
 * await entry.commit();
 */
export function defineWal<T>({
  kind,
  data: schema,
  minAge,
  localWrites = false,
  rollback,
}: WalOptions<T>): TypedWal<T> {
  /** The entries whose operations are in progress. */
  const open = new Set<string>();
  /** By id: an entry that is committed while it restarts must not be written again. */
  const lock = new KeyedLock();
  const put = (storage: Storage, { id, createdAt, data }: StoredWalEntry) =>
    walEntry.put(storage, `${WAL_PREFIX}${id}`, {
      type: kind,
      data,
      created_at: Math.floor(createdAt.getTime() / 1000),
    });
  const parse = (storage: Storage, entry: StoredWalEntry): WalEntry<T> => {
    const parsed = v.safeParse(schema, entry.data);
    if (!parsed.success) {
      throw new PluginError(
        "corrupt_entry",
        `the WAL entry can't be read: ${invalidPart(parsed.issues)}`,
      );
    }
    return {
      ...entry,
      data: parsed.output,
      update: (data) => put(storage, { ...entry, data }),
      reload: async () => {
        const stored = await readWal(storage, entry.id);
        return stored && parse(storage, stored.entry);
      },
    };
  };
  return {
    kind,
    minAge,
    localWrites,
    async begin({ storage, clock }, data) {
      const id = randomUUID();
      const createdAt = new Date(clock.now());
      open.add(id);
      try {
        await put(storage, { id, createdAt, data });
      } catch (error) {
        open.delete(id);
        throw error;
      }
      return {
        id,
        update: (changed) => put(storage, { id, createdAt, data: changed }),
        commit: () => storage.delete(`${WAL_PREFIX}${id}`),
        [Symbol.dispose]: () => open.delete(id),
      };
    },
    async commit({ storage }, id) {
      using _held = await lock.acquire([id]);
      await storage.delete(`${WAL_PREFIX}${id}`);
    },
    async update({ storage }, id, change) {
      using _held = await lock.acquire([id]);
      const stored = await readWal(storage, id);
      if (!stored) return;
      const entry = parse(storage, stored.entry);
      await entry.update(change(entry.data));
    },
    async restart({ storage, clock }, id) {
      using _held = await lock.acquire([id]);
      const stored = await readWal(storage, id);
      if (stored) await put(storage, { ...stored.entry, createdAt: new Date(clock.now()) });
    },
    async rollback({ storage }, entry, tick) {
      if (open.has(entry.id)) return "keep";
      return await rollback(parse(storage, entry), tick);
    },
  };
}

/**
 * Reads a WAL entry.
 *
 * @returns undefined if it was removed.
 * @throws PluginError `corrupt_entry`.
 */
export async function readWal(
  storage: Storage,
  id: string,
): Promise<{ readonly kind: string; readonly entry: StoredWalEntry } | undefined> {
  const stored = await walEntry.get(storage, `${WAL_PREFIX}${id}`);
  if (!stored) return undefined;
  const { type, data, created_at } = stored;
  return { kind: type, entry: { id, data, createdAt: new Date(created_at * 1000) } };
}
