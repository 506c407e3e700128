import type { Storage } from "../storage.ts";

/** Storage in memory, with the semantics of a host's: for unit tests. */
export class MemoryStorage implements Storage {
  readonly #entries = new Map<string, Uint8Array>();

  async get(key: string): Promise<Uint8Array | undefined> {
    return this.#entries.get(key);
  }

  async put(key: string, value: Uint8Array): Promise<void> {
    this.#entries.set(key, Uint8Array.from(value));
  }

  async delete(key: string): Promise<void> {
    this.#entries.delete(key);
  }

  async list(prefix: string): Promise<readonly string[]> {
    const below = [...this.#entries.keys()].filter((key) => key.startsWith(prefix));
    const names = below.map((key) => {
      const [name = "", ...deeper] = key.slice(prefix.length).split("/");
      return deeper.length > 0 ? `${name}/` : name;
    });
    return [...new Set(names)].sort();
  }

  /** All keys, sorted. */
  keys(): readonly string[] {
    return [...this.#entries.keys()].sort();
  }

  /** What is stored under the key, parsed; undefined if nothing is. */
  json(key: string): unknown {
    const value = this.#entries.get(key);
    return value && JSON.parse(Buffer.from(value).toString());
  }

  /** Stores a value as JSON. */
  putJson(key: string, value: unknown): void {
    this.#entries.set(key, Buffer.from(JSON.stringify(value)));
  }
}
