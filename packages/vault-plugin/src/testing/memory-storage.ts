import { PluginError } from "../errors.ts";
import { type MountStorage, type Page, pageOf, type Storage } from "../storage.ts";
import { runOnView } from "../transaction-view.ts";

/** One call of the storage, before it happens. */
export interface StorageCall {
  readonly operation: "get" | "put" | "delete" | "list" | "commit";
  /** The key or the prefix; empty for a commit. */
  readonly key: string;
}

/** Storage in memory, with the semantics of a host's, transactions and faults: for unit tests. */
export class MemoryStorage implements MountStorage {
  /** Called before each call: throws to make it fail, or waits to delay it. */
  onCall: ((call: StorageCall) => void | Promise<void>) | undefined;
  /** Whether the host has transactions. */
  transactional = true;
  readonly #entries = new Map<string, Uint8Array>();

  async get(key: string): Promise<Uint8Array | undefined> {
    await this.onCall?.({ operation: "get", key });
    return this.#entries.get(key);
  }

  async put(key: string, value: Uint8Array): Promise<void> {
    await this.onCall?.({ operation: "put", key });
    this.#entries.set(key, Uint8Array.from(value));
  }

  async delete(key: string): Promise<void> {
    await this.onCall?.({ operation: "delete", key });
    this.#entries.delete(key);
  }

  async list(prefix: string, page: Page = {}): Promise<readonly string[]> {
    await this.onCall?.({ operation: "list", key: prefix });
    return pageOf(namesBelow(prefix, this.#entries.keys()), page);
  }

  async isTransactional(): Promise<boolean> {
    return this.transactional;
  }

  async transaction<T>(work: (view: Storage) => Promise<T>): Promise<T> {
    if (!this.transactional) return await work(this);
    const start = new Map(this.#entries);
    const present = new Map(start);
    const touched = new Set<string>();
    const view: Storage = {
      get: async (key) => {
        await this.onCall?.({ operation: "get", key });
        touched.add(key);
        return present.get(key);
      },
      put: async (key, value) => {
        await this.onCall?.({ operation: "put", key });
        touched.add(key);
        present.set(key, Uint8Array.from(value));
      },
      delete: async (key) => {
        await this.onCall?.({ operation: "delete", key });
        touched.add(key);
        present.delete(key);
      },
      list: async (prefix, page = {}) => {
        await this.onCall?.({ operation: "list", key: prefix });
        return pageOf(namesBelow(prefix, present.keys()), page);
      },
    };
    const result = await runOnView(view, work);
    await this.onCall?.({ operation: "commit", key: "" });
    // Each write creates a new array: the same one is unchanged.
    const isStale = [...touched].some((key) => this.#entries.get(key) !== start.get(key));
    if (isStale) throw new PluginError("conflict", "another write came first; nothing was changed");
    for (const key of touched) {
      const value = present.get(key);
      if (value) this.#entries.set(key, value);
      else this.#entries.delete(key);
    }
    return result;
  }

  /** Returns a snapshot of all entries. */
  snapshot(): ReadonlyMap<string, Uint8Array> {
    return new Map(this.#entries);
  }

  /** Restores a snapshot. */
  restore(snapshot: ReadonlyMap<string, Uint8Array>): void {
    this.#entries.clear();
    for (const [key, value] of snapshot) this.#entries.set(key, value);
  }

  /** All keys, sorted. */
  keys(): readonly string[] {
    return [...this.#entries.keys()].sort();
  }

  /** Returns the entry under the key, parsed; undefined if there is none. */
  json(key: string): unknown {
    const value = this.#entries.get(key);
    return value && JSON.parse(Buffer.from(value).toString());
  }

  /** Stores a value as JSON, without a call of the plugin's. */
  putJson(key: string, value: unknown): void {
    this.#entries.set(key, Buffer.from(JSON.stringify(value)));
  }
}

/** The names right below a prefix, sorted; those that hold more end in a slash. */
function namesBelow(prefix: string, keys: Iterable<string>): readonly string[] {
  const below = [...keys].filter((key) => key.startsWith(prefix));
  const names = below.map((key) => {
    const [name = "", ...deeper] = key.slice(prefix.length).split("/");
    return deeper.length > 0 ? `${name}/` : name;
  });
  return [...new Set(names)].sort();
}
