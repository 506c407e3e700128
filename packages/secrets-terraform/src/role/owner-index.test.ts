import { MemoryStorage } from "@vault-ts/vault-plugin/testing";
import { beforeEach, describe, expect, test } from "vitest";
import { OwnerIndex } from "./owner-index.ts";

const nothing = () => {};
const logger = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };
const owner = { type: "organization", id: "acme" } as const;

let storage: MemoryStorage;
let index: OwnerIndex;

const store = (name: string) => storage.putJson(`role/${name}`, { name, organization: owner.id });
const rolesOf = async () => [...(await index.rolesOf(owner))];

/** A read of a role that has what was stored when it began, and ends when it is released. */
interface HeldRead {
  readonly reached: Promise<void>;
  /** @param failure What the read fails with. */
  release(failure?: Error): void;
}

/** Holds the next read of a role. */
function holdRead(): HeldRead {
  const get = storage.get.bind(storage);
  let release: HeldRead["release"] = nothing;
  const released = new Promise<void>((resolve, reject) => {
    release = (failure) => (failure ? reject(failure) : resolve());
  });
  const reached = new Promise<void>((resolve) => {
    storage.get = async (key) => {
      storage.get = get;
      const found = await get(key);
      resolve();
      await released;
      return found;
    };
  });
  return { reached, release };
}

beforeEach(() => {
  storage = new MemoryStorage();
  index = new OwnerIndex({ storage, logger });
  store("a");
  store("b");
});

describe("while roles are read", () => {
  test("one that another node deletes doesn't come back", async () => {
    const held = holdRead();
    const first = rolesOf();
    await held.reached;
    await storage.delete("role/a");
    index.invalidate("role/a");
    expect(await rolesOf()).toEqual(["b"]);
    held.release();
    expect(await first).toEqual(["b"]);
    expect(await rolesOf()).toEqual(["b"]);
  });

  test("another node's write has them read again for a request that waits", async () => {
    const held = holdRead();
    const first = rolesOf();
    await held.reached;
    await storage.delete("role/a");
    index.invalidate("role/a");
    held.release();
    expect(await first).toEqual(["b"]);
  });

  test("the failure of an outdated read leaves the newer one alone", async () => {
    const held = holdRead();
    const first = rolesOf();
    await held.reached;
    index.invalidate("role/a");
    expect(await rolesOf()).toEqual(["a", "b"]);
    held.release(new Error("no storage"));
    await expect(first).rejects.toThrow("no storage");
    storage.onCall = ({ operation }) => {
      throw new Error(`another ${operation}`);
    };
    expect(await rolesOf()).toEqual(["a", "b"]);
  });

  test("one that this node writes is noted as it is written", async () => {
    const held = holdRead();
    const first = rolesOf();
    await held.reached;
    await storage.delete("role/a");
    index.changed("a", undefined);
    held.release();
    expect(await first).toEqual(["b"]);
  });
});

test("roles are read once, and again only after a failure or a write of another node", async () => {
  let lists = 0;
  storage.onCall = ({ operation }) => {
    if (operation !== "list") return;
    lists += 1;
    if (lists === 1) throw new Error("no storage");
  };
  await expect(rolesOf()).rejects.toThrow("no storage");
  expect(await rolesOf()).toEqual(["a", "b"]);
  index.invalidate("config");
  expect(await rolesOf()).toEqual(["a", "b"]);
  expect(lists).toBe(2);
  index.invalidate("role/c");
  expect(await rolesOf()).toEqual(["a", "b"]);
  expect(lists).toBe(3);
});
