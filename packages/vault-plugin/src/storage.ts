import * as v from "valibot";
import { PluginError } from "./errors.ts";
import { toRevealedJson } from "./redacted.ts";

/** A part of a list. */
export interface Page {
  /** Returns only names after this one. */
  readonly after?: string | undefined;
  /** Returns at most as many; all if absent or not positive. */
  readonly limit?: number | undefined;
}

/** Entries that the host stores, encrypted: bytes under keys with slashes. */
export interface Storage {
  get(key: string): Promise<Uint8Array | undefined>;
  put(key: string, value: Uint8Array): Promise<void>;
  /** Deletes an entry. Succeeds if there is none. */
  delete(key: string): Promise<void>;
  /**
   * Returns the names directly below a prefix that ends in a slash, sorted; those of folders end in
   * a slash.
   */
  list(prefix: string, page?: Page): Promise<readonly string[]>;
}

/**
 * The storage of one mount. Changes fail with `read_only` on a standby, and on a performance
 * secondary, except those of local storage.
 */
export interface MountStorage extends Storage {
  /**
   * Whether the host has transactions: OpenBao does, on storage that supports them; Vault doesn't.
   */
  isTransactional(): Promise<boolean>;
  /**
   * Runs work on a view of the storage. All its changes are stored when the work ends, or none if
   * it throws. If the host has no transactions, the work runs on the storage itself: each change is
   * stored at once, and a failure undoes none.
   *
   * The view is valid until the work ends: later calls of a transaction's view throw PluginError
   * `internal`.
   *
   * @throws PluginError `conflict` if an entry that the work has read was changed meanwhile:
   * nothing was stored.
   */
  transaction<T>(work: (view: Storage) => Promise<T>): Promise<T>;
}

/** One kind of entry: its schema validates what is read and written. */
export interface EntryType<T> {
  /**
   * Reads an entry; returns undefined if there is none. What `cachedStorage` has kept is decoded
   * once, and the same value each time: don't change it in place.
   *
   * @throws PluginError `corrupt_entry` if it doesn't match the schema.
   */
  get(storage: Storage, key: string): Promise<T | undefined>;
  put(storage: Storage, key: string, value: T): Promise<void>;
}

/**
 * Defines typed entries, stored as JSON.
 *
 * @param schema From the stored JSON to the value.
 * @param encode From the value to the stored JSON, where they differ.
 */
export function entryType<T>(
  schema: v.GenericSchema<unknown, T>,
  encode: (value: T) => unknown = (value) => value,
): EntryType<T> {
  /** What the bytes of a cache were decoded to: it returns the same ones each time. */
  const decoded = new WeakMap<Uint8Array, { readonly value: T }>();
  return {
    async get(storage, key) {
      const stored = await storage.get(key);
      if (stored === undefined) return undefined;
      const known = decoded.get(stored);
      if (known) return known.value;
      const result = v.safeParse(schema, parseJson(stored));
      if (result.success) {
        decoded.set(stored, { value: result.output });
        return result.output;
      }
      throw new PluginError(
        "corrupt_entry",
        `the stored entry "${key}" can't be read: ${invalidPart(result.issues)}`,
      );
    },
    async put(storage, key, value) {
      await storage.put(key, Buffer.from(toRevealedJson(encode(value))));
    },
  };
}

/**
 * Waits for an entry, and returns the error if it can't be read: for work that continues without
 * it.
 *
 * @returns The entry, or the PluginError `corrupt_entry`.
 * @throws Every other error.
 * @example
 *     const role = await orCorruptEntry(roles.get(storage, "role/deploy"));
 *     if (role instanceof PluginError) logger.error("…", { error: role.message });
 */
export async function orCorruptEntry<T>(reading: Promise<T>): Promise<T | PluginError> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof PluginError && error.code === "corrupt_entry") return error;
    throw error;
  }
}

/** Returns a page of a sorted list. */
export function pageOf(
  names: readonly string[],
  { after = "", limit = 0 }: Page,
): readonly string[] {
  const rest = names.filter((name) => name > after);
  return limit > 0 ? rest.slice(0, limit) : rest;
}

/** Names the invalid part. The issues' own messages could repeat a secret. */
export function invalidPart([issue]: readonly [v.BaseIssue<unknown>, ...unknown[]]): string {
  return `${v.getDotPath(issue) ?? "it"} isn't valid`;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    return undefined;
  }
}
