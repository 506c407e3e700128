import { beforeEach, describe, expect, test } from "vitest";
import { type CachedStorage, cachedStorage } from "./cached-storage.ts";
import type { SystemView } from "./system-view.ts";
import { MemoryStorage } from "./testing/index.ts";
import { TestClock } from "./testing/test-clock.ts";

/** Storage that counts its reads, and fails or waits as a test sets it. */
class CountingStorage extends MemoryStorage {
  reads = 0;
  failure: Error | undefined;
  gate: Promise<void> = Promise.resolve();

  override async get(key: string): Promise<Uint8Array | undefined> {
    this.reads += 1;
    await this.gate;
    if (this.failure) throw this.failure;
    return await super.get(key);
  }
}

let storage: CountingStorage;
let cached: CachedStorage;
let clock: TestClock;
const open = ({ disabled = false, standby = false } = {}) => {
  const system = {
    cachingDisabled: async () => disabled,
    isStandby: async () => standby,
  } as SystemView;
  return cachedStorage({ storage, system, clock });
};
const text = async (key: string) => Buffer.from((await cached.get(key)) ?? []).toString();

beforeEach(async () => {
  storage = new CountingStorage();
  await storage.put("a", Buffer.from("1"));
  clock = new TestClock();
  cached = open();
});

test("a key is read once, even concurrently and if it doesn't exist", async () => {
  expect(await Promise.all([text("a"), text("a"), text("a")])).toEqual(["1", "1", "1"]);
  expect(await text("a")).toBe("1");
  expect(storage.reads).toBe(1);
  expect(await cached.get("absent")).toBeUndefined();
  expect(await cached.get("absent")).toBeUndefined();
  expect(storage.reads).toBe(2);
});

test("a failed read is repeated", async () => {
  let failures = 1;
  const cachingDisabled = async () => {
    failures -= 1;
    if (failures === 0) throw new Error("not now");
    return false;
  };
  const system = {
    cachingDisabled,
    isStandby: async () => false,
  } as Partial<SystemView> as SystemView;
  cached = cachedStorage({ storage, system, clock });
  await expect(text("a")).rejects.toThrow("not now");
  expect(await text("a")).toBe("1");
});

describe("a cached entry is removed", () => {
  test.for<[name: string, change: () => Promise<unknown>, after: string]>([
    ["by a write", () => cached.put("a", Buffer.from("2")), "2"],
    ["by a deletion", () => cached.delete("a"), ""],
    [
      "when it is invalidated",
      async () => {
        await storage.put("a", Buffer.from("3"));
        cached.invalidate("a");
      },
      "3",
    ],
  ])("%s", async ([, change, after]) => {
    expect(await text("a")).toBe("1");
    await change();
    expect(await text("a")).toBe(after);
  });

  test("by a write, even if it was read during it", async () => {
    let release = () => {};
    storage.gate = new Promise((resolve) => {
      release = resolve;
    });
    const early = text("a");
    const write = cached.put("a", Buffer.from("2"));
    const during = text("a");
    release();
    await Promise.all([early, write, during]);
    expect(await text("a")).toBe("2");
  });

  test("if it could not be read", async () => {
    storage.failure = new Error("unavailable");
    await expect(cached.get("a")).rejects.toThrow("unavailable");
    storage.failure = undefined;
    expect(await text("a")).toBe("1");
  });

  test("when the cache is full, the oldest first", async () => {
    for (let key = 0; key <= 10_000; key += 1) await cached.get(`key-${key}`);
    storage.reads = 0;
    await cached.get("key-10000");
    await cached.get("key-1");
    expect(storage.reads).toBe(0);
    await cached.get("key-0");
    expect(storage.reads).toBe(1);
  });
});

test("nothing is cached if caching is disabled", async () => {
  cached = open({ disabled: true });
  await text("a");
  await text("a");
  expect(storage.reads).toBe(2);
});

describe("a write without an invalidation by the host is seen", () => {
  test.for<[name: string, standby: boolean, passed: number, after: string]>([
    ["by a standby after a second", true, 1000, "2"],
    ["by a standby not before", true, 999, "1"],
    ["by a standby whose clock was set back", true, -60_000, "2"],
    ["by the active node never", false, 3_600_000, "1"],
  ])("%s", async ([, standby, passed, after]) => {
    cached = open({ standby });
    expect(await text("a")).toBe("1");
    await storage.put("a", Buffer.from("2"));
    clock.set(clock.now() + passed);
    expect(await text("a")).toBe(after);
  });
});

describe("a transaction", () => {
  test.for([true, false])(
    "drops what it changes (on a host that has them: %s)",
    async (transactional) => {
      storage.transactional = transactional;
      expect(await text("a")).toBe("1");
      await cached.transaction(async (view) => {
        await view.put("a", Buffer.from("2"));
        expect(Buffer.from((await view.get("a")) ?? []).toString()).toBe("2");
        expect(await text("a")).toBe(transactional ? "1" : "2");
      });
      expect(await text("a")).toBe("2");
      await cached.transaction((view) => view.delete("a"));
      expect(await cached.get("a")).toBeUndefined();
      expect(await cached.isTransactional()).toBe(transactional);
    },
  );

  test("that fails has dropped what it would have changed", async () => {
    storage.transactional = false;
    expect(await text("a")).toBe("1");
    const work = cached.transaction(async (view) => {
      await view.put("a", Buffer.from("2"));
      throw new Error("no");
    });
    await expect(work).rejects.toThrow("no");
    expect(await text("a")).toBe("2");
  });

  test("lists its own changes", async () => {
    expect(await cached.transaction((view) => view.list(""))).toEqual(["a"]);
  });
});
