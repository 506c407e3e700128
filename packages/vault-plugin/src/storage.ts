import * as v from "valibot";
import { PluginError } from "./errors.ts";
import { toRevealedJson } from "./redacted.ts";

/** A part of a list. */
export interface Page {
  /** Only names that come after this one. */
  readonly after?: string | undefined;
  /** At most as many; all if it is absent or not positive. */
  readonly limit?: number | undefined;
}

/** Entries that the host keeps, encrypted: bytes under keys with slashes. */
export interface Storage {
  get(key: string): Promise<Uint8Array | undefined>;
  put(key: string, value: Uint8Array): Promise<void>;
  /** Deleting what isn't there succeeds. */
  delete(key: string): Promise<void>;
  /** The names right below a prefix that ends in a slash, sorted; those that hold more end in a slash. */
  list(prefix: string, page?: Page): Promise<readonly string[]>;
}

/** The storage of one mount. On a node that may not write, changes fail with `read_only`. */
export interface MountStorage extends Storage {
  /** Whether the host has transactions: OpenBao has, on storage that can; Vault hasn't. */
  isTransactional(): Promise<boolean>;
  /**
   * Runs work on a view of the storage whose changes all happen when the work has ended, or, if it throws, not at all. Where the host has no
   * transactions the work runs on the storage itself: each change happens at once, and a failure undoes none.
   *
   * @throws PluginError `conflict` if what the work has read was changed meanwhile: nothing of it has happened.
   */
  transaction<T>(work: (view: Storage) => Promise<T>): Promise<T>;
}

/** One kind of entry: its schema holds for what is read and for what is written. */
export interface EntryType<T> {
  /** @throws PluginError `corrupt_entry` if what is stored isn't JSON of the schema. */
  get(storage: Storage, key: string): Promise<T | undefined>;
  put(storage: Storage, key: string, value: T): Promise<void>;
}

/**
 * Typed entries, stored as JSON.
 *
 * @param schema From the stored JSON to the value.
 * @param encode From the value to the stored JSON, where they differ.
 */
export function entryType<T>(
  schema: v.GenericSchema<unknown, T>,
  encode: (value: T) => unknown = (value) => value,
): EntryType<T> {
  return {
    async get(storage, key) {
      const stored = await storage.get(key);
      if (stored === undefined) return undefined;
      const result = v.safeParse(schema, parseJson(stored));
      if (result.success) return result.output;
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

/** The part of a sorted list that a page asks for. */
export function pageOf(names: readonly string[], { after = "", limit = 0 }: Page): readonly string[] {
  const rest = names.filter((name) => name > after);
  return limit > 0 ? rest.slice(0, limit) : rest;
}

/** Names the part that isn't valid. The messages of the issues themselves could repeat a secret. */
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
