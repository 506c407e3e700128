import { randomUUID } from "node:crypto";
import * as v from "valibot";
import type { Mount } from "./backend.ts";
import { PluginError } from "./errors.ts";
import { entryType, invalidPart, type Storage } from "./storage.ts";

/** What the rollback of an entry gets. */
export interface WalContext<T> {
  readonly data: T;
  /** When the entry was written. */
  readonly createdAt: Date;
  readonly signal: AbortSignal;
}

export interface WalOptions<T> {
  /** Stored in each entry: never change it. */
  readonly kind: string;
  /** What is kept in an entry. An older version may have written it. */
  readonly data: v.GenericSchema<unknown, T>;
  /** Seconds that an entry is left alone, for the request that wrote it to end: longer than any request can last. */
  readonly minAge: number;
  /** Undoes what the entry tells of, in part or in whole: what was not done, or is undone already, must succeed. Throw to be called again. */
  readonly rollback: (context: WalContext<T>) => Promise<void>;
}

/** One kind of entry of the write-ahead log, with the type of its data forgotten. */
export interface Wal {
  readonly kind: string;
  readonly minAge: number;
  rollback(data: unknown, createdAt: Date, signal: AbortSignal): Promise<void>;
}

export interface TypedWal<T> extends Wal {
  /** Writes an entry, before the operation that it tells of. @returns its id. */
  put(mount: Pick<Mount, "storage" | "clock">, data: T): Promise<string>;
  /** Removes an entry: the operation is done and known, or undone. */
  delete(mount: Pick<Mount, "storage">, id: string): Promise<void>;
}

/** Where entries are, as in Vault's own framework. Local: no other cluster should roll them back. */
export const WAL_PREFIX = "wal/";

/** As Vault's framework has it: seconds since 1970. */
const walEntry = entryType(v.object({ type: v.string(), data: v.unknown(), created_at: v.number() }));

/**
 * One kind of entry of the write-ahead log. What changes a remote system puts an entry first, and deletes it once the outcome is stored or
 * handed over; if the process dies in between, or the answer is lost, the host has the entry rolled back: it asks once a minute.
 */
export function defineWal<T>({ kind, data: schema, minAge, rollback }: WalOptions<T>): TypedWal<T> {
  return {
    kind,
    minAge,
    async put({ storage, clock }, data) {
      const id = randomUUID();
      const created_at = Math.floor(clock.now() / 1000);
      await walEntry.put(storage, `${WAL_PREFIX}${id}`, { type: kind, data, created_at });
      return id;
    },
    async delete({ storage }, id) {
      await storage.delete(`${WAL_PREFIX}${id}`);
    },
    async rollback(data, createdAt, signal) {
      const parsed = v.safeParse(schema, data);
      if (!parsed.success) {
        throw new PluginError(
          "corrupt_entry",
          `the log's entry can't be read: ${invalidPart(parsed.issues)}`,
        );
      }
      await rollback({ data: parsed.output, createdAt, signal });
    },
  };
}

/**
 * Reads an entry of the log.
 *
 * @returns undefined if it is gone.
 * @throws PluginError `corrupt_entry`.
 */
export async function readWal(
  storage: Storage,
  id: string,
): Promise<{ readonly kind: string; readonly data: unknown; readonly createdAt: Date } | undefined> {
  const entry = await walEntry.get(storage, `${WAL_PREFIX}${id}`);
  return entry && { kind: entry.type, data: entry.data, createdAt: new Date(entry.created_at * 1000) };
}
