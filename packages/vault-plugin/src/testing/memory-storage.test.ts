import { setImmediate } from "node:timers/promises";
import { beforeEach, describe, expect, test } from "vitest";
import type { Storage } from "../storage.ts";
import { MemoryStorage } from "./memory-storage.ts";

let storage: MemoryStorage;

const put = (into: Storage, key: string, value: string) => into.put(key, Buffer.from(value));
const text = async (from: Storage, key: string) => {
  const value = await from.get(key);
  return value && Buffer.from(value).toString();
};

beforeEach(async () => {
  storage = new MemoryStorage();
  for (const key of ["a", "b/1", "b/2", "c"]) await put(storage, key, key);
});

test.for<[name: string, prefix: string, page: { after?: string; limit?: number }, names: string[]]>(
  [
    ["all", "", {}, ["a", "b/", "c"]],
    ["below a prefix", "b/", {}, ["1", "2"]],
    ["below nothing", "d/", {}, []],
    ["after a name", "", { after: "a" }, ["b/", "c"]],
    ["after a name that isn't there", "", { after: "aa" }, ["b/", "c"]],
    ["at most so many", "", { limit: 2 }, ["a", "b/"]],
    ["a page", "", { after: "a", limit: 1 }, ["b/"]],
    ["any number", "", { limit: -1 }, ["a", "b/", "c"]],
  ],
)("lists %s", async ([, prefix, page, names]) => {
  expect(await storage.list(prefix, page)).toEqual(names);
});

test("a call can be observed, delayed and made to fail", async () => {
  const calls: string[] = [];
  storage.onCall = ({ operation, key }) => {
    calls.push(`${operation} ${key}`);
    if (key === "full") throw new Error("disk full");
  };
  await storage.get("a");
  await storage.list("b/");
  await storage.delete("c");
  await expect(put(storage, "full", "1")).rejects.toThrow("disk full");
  expect(calls).toEqual(["get a", "list b/", "delete c", "put full"]);
  expect(storage.keys()).toEqual(["a", "b/1", "b/2"]);
});

describe("a transaction", () => {
  test("happens at its end", async () => {
    const seen = await storage.transaction(async (view) => {
      await put(view, "d", "new");
      await view.delete("a");
      expect(storage.keys()).toEqual(["a", "b/1", "b/2", "c"]);
      return [await text(view, "d"), await text(view, "a"), await view.list("")];
    });
    expect(seen).toEqual(["new", undefined, ["b/", "c", "d"]]);
    expect(storage.keys()).toEqual(["b/1", "b/2", "c", "d"]);
  });

  test("that fails changes nothing", async () => {
    const work = storage.transaction(async (view) => {
      await put(view, "d", "new");
      throw new Error("no");
    });
    await expect(work).rejects.toThrow("no");
    expect(storage.keys()).toEqual(["a", "b/1", "b/2", "c"]);
  });

  test("accepts no call of a branch that continues after its work has thrown", async () => {
    let branch: Promise<void> = Promise.resolve();
    const work = storage.transaction(async (view) => {
      branch = setImmediate().then(() => put(view, "d", "new"));
      await Promise.all([branch, Promise.reject(new Error("no"))]);
    });
    await expect(work).rejects.toThrow("no");
    await expect(branch).rejects.toMatchObject({ code: "internal" });
    expect(await storage.get("d")).toBeUndefined();
  });

  test("commits the calls that its work didn't wait for, and takes no later ones", async () => {
    let late: Storage = storage;
    await storage.transaction(async (view) => {
      late = view;
      void put(view, "d", "new");
    });
    expect(await text(storage, "d")).toBe("new");
    await expect(put(late, "e", "later")).rejects.toMatchObject({
      code: "internal",
      message: "using the storage failed: the transaction has ended; await all calls in its work",
    });
  });

  test.for(["read", "written"])(
    "that has %s a key that was changed meanwhile changes nothing",
    async (how) => {
      const work = storage.transaction(async (view) => {
        await (how === "read" ? view.get("a") : put(view, "a", "mine"));
        await put(storage, "a", "other");
        await put(view, "d", "new");
      });
      await expect(work).rejects.toMatchObject({ code: "conflict" });
      expect(await text(storage, "a")).toBe("other");
      expect(await storage.get("d")).toBeUndefined();
    },
  );

  test("sees the storage as it was at its start", async () => {
    await storage.transaction(async (view) => {
      await put(storage, "c", "other");
      expect(await text(view, "b/1")).toBe("b/1");
      expect(await view.list("b/")).toEqual(["1", "2"]);
    });
    expect(await text(storage, "c")).toBe("other");
  });

  test("on a host without transactions is executed step by step", async () => {
    storage.transactional = false;
    expect(await storage.isTransactional()).toBe(false);
    const work = storage.transaction(async (view) => {
      await put(view, "d", "new");
      throw new Error("no");
    });
    await expect(work).rejects.toThrow("no");
    expect(await text(storage, "d")).toBe("new");
  });

  test("can be made to fail at its commit", async () => {
    storage.onCall = ({ operation }) => {
      if (operation === "commit") throw new Error("gone");
    };
    await expect(storage.transaction((view) => put(view, "d", "new"))).rejects.toThrow("gone");
    expect(storage.keys()).toEqual(["a", "b/1", "b/2", "c"]);
  });
});
