import { setImmediate } from "node:timers/promises";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { type Backend, specialPathsOf } from "./backend.ts";
import type { Mount } from "./mount.ts";
import { startTestHost, type TestHost } from "./testing/index.ts";
import { defineWal, type OpenWalEntry } from "./wal.ts";

interface Operations {
  readonly host: TestHost;
  readonly undone: string[];
  /** Begins an entry, as a request would. */
  begin(name: string): Promise<OpenWalEntry<{ readonly name: string }>>;
  /** Begins one whose request ends without a known outcome. */
  leave(name: string): Promise<void>;
  /** Removes an entry whose outcome was found out. */
  commit(id: string): Promise<void>;
  /** Renames an entry that was left. */
  update(id: string, name: string): Promise<void>;
  /** What the next rollback throws. */
  failure: Error | undefined;
  /** The names of entries whose rollback isn't done yet. */
  readonly kept: Set<string>;
  /** The names of entries whose rollback begins something. */
  readonly restarted: Set<string>;
  /** What a rollback waits for at its beginning. */
  wait: () => Promise<void>;
  periodic: () => void;
}

/** A backend whose operations are undone by name. */
async function startOperations({ localWrites = false } = {}): Promise<Operations> {
  const undone: string[] = [];
  let mount: Mount | undefined;
  const wal = defineWal({
    kind: "operation",
    data: v.object({ name: v.string() }),
    minAge: 90,
    localWrites,
    async rollback({ data, createdAt, update, reload }) {
      await operations.wait();
      if (!(await reload())) return "done";
      if (operations.failure) throw operations.failure;
      undone.push(`${data.name} of ${(host.clock.now() - createdAt.getTime()) / 1000} s`);
      if (operations.restarted.has(data.name)) return "restart";
      if (!operations.kept.has(data.name)) return "done";
      await update({ name: `${data.name}, again` });
      return "keep";
    },
  });
  const backend: Backend = {
    help: "",
    paths: [],
    wals: [wal],
    periodic: async () => operations.periodic(),
  };
  const host = await startTestHost((started) => {
    mount = started;
    return backend;
  });
  const mounted = (): Mount => {
    if (!mount) throw new Error("not mounted");
    return mount;
  };
  const operations: Operations = {
    host,
    undone,
    begin: (name) => wal.begin(mounted(), { name }),
    leave: async (name) => (await wal.begin(mounted(), { name }))[Symbol.dispose](),
    commit: (id) => wal.commit(mounted(), id),
    update: (id, name) => wal.update(mounted(), id, () => ({ name })),
    failure: undefined,
    kept: new Set(),
    restarted: new Set(),
    wait: async () => {},
    periodic: () => {},
  };
  return operations;
}

describe("a WAL entry", () => {
  test("is stored as Vault's framework stores it", async () => {
    const { host, begin } = await startOperations();
    await begin("a");
    const [key = "", ...others] = host.storage.keys();
    expect(key).toMatch(/^wal\/[\da-f-]{36}$/);
    expect(others).toEqual([]);
    expect(host.storage.json(key)).toEqual({
      type: "operation",
      data: { name: "a" },
      created_at: Math.floor(host.clock.now() / 1000),
    });
  });

  test("is rolled back once it is old enough, and then gone", async () => {
    const { host, leave, undone } = await startOperations();
    await leave("a");
    await host.rollback();
    await host.advance(60);
    expect(undone).toEqual([]);
    await host.advance(60);
    expect(undone).toEqual(["a of 120 s"]);
    expect(host.storage.keys()).toEqual([]);
    await host.advance(600);
    expect(undone).toHaveLength(1);
  });

  test("that was removed is not rolled back", async () => {
    const { host, begin, undone } = await startOperations();
    {
      using entry = await begin("a");
      await entry.commit();
    }
    await host.rollback({ immediate: true });
    expect(undone).toEqual([]);
    expect(host.storage.keys()).toEqual([]);
  });

  test("is left alone while its operation is in progress, whatever the clock says", async () => {
    const { host, begin, undone } = await startOperations();
    const entry = await begin("a");
    host.clock.set(host.clock.now() + 86_400_000);
    await host.rollback();
    await host.rollback({ immediate: true });
    expect(undone).toEqual([]);
    entry[Symbol.dispose]();
    await host.rollback();
    expect(undone).toEqual(["a of 86400 s"]);
  });

  test("that an operation left can be changed, and stays gone if it is gone", async () => {
    const operations = await startOperations();
    await operations.leave("a");
    const [id = ""] = await operations.host.storage.list("wal/");
    await operations.update(id, "b");
    await operations.host.rollback({ immediate: true });
    expect(operations.undone).toEqual(["b of 0 s"]);
    await operations.update(id, "c");
    expect(operations.host.storage.keys()).toEqual([]);
  });

  test("that is committed while its rollback waits isn't rolled back", async () => {
    const operations = await startOperations();
    await operations.leave("a");
    const [id = ""] = await operations.host.storage.list("wal/");
    operations.wait = () => operations.commit(id);
    await operations.host.rollback({ immediate: true });
    expect(operations.undone).toEqual([]);
    expect(operations.host.storage.keys()).toEqual([]);
  });

  test("has the data that its rollback has stored", async () => {
    const { host, leave, undone, kept } = await startOperations();
    kept.add("a");
    await leave("a");
    await host.rollback({ immediate: true });
    await host.rollback({ immediate: true });
    expect(undone).toEqual(["a of 0 s", "a, again of 0 s"]);
  });

  test("that is restarted has a new age", async () => {
    const { host, leave, undone, restarted } = await startOperations();
    restarted.add("a");
    await leave("a");
    await host.advance(120);
    restarted.clear();
    await host.advance(120);
    expect(undone).toEqual(["a of 120 s", "a of 120 s"]);
    expect(host.storage.keys()).toEqual([]);
  });

  test("that is committed while it is restarted is gone", async () => {
    const { host, leave, commit, restarted } = await startOperations();
    restarted.add("a");
    await leave("a");
    let committed: Promise<void> | undefined;
    host.storage.onCall = async ({ operation, key }) => {
      if (operation !== "put") return;
      committed = commit(key.slice("wal/".length));
      await setImmediate();
    };
    await host.rollback({ immediate: true });
    await committed;
    expect(committed).toBeDefined();
    expect(host.storage.keys()).toEqual([]);
  });

  test("has its updated data", async () => {
    const { host, begin, undone } = await startOperations();
    {
      using entry = await begin("a");
      await entry.update({ name: "b" });
    }
    await host.rollback({ immediate: true });
    expect(undone).toEqual(["b of 0 s"]);
  });

  test("is rolled back although the clock was set back since", async () => {
    const { host, leave, undone } = await startOperations();
    await leave("a");
    host.clock.set(host.clock.now() - 30_000);
    await host.rollback();
    expect(undone).toEqual([]);
    host.clock.set(host.clock.now() - 60_000);
    await host.rollback();
    expect(undone).toEqual(["a of -90 s"]);
  });

  test("that couldn't be written doesn't exist", async () => {
    const { host, begin, undone } = await startOperations();
    host.storage.onCall = () => {
      throw new Error("no storage");
    };
    await expect(begin("a")).rejects.toThrow("no storage");
    host.storage.onCall = undefined;
    await host.rollback({ immediate: true });
    expect(undone).toEqual([]);
  });

  test("that isn't done is rolled back again", async () => {
    const { host, leave, undone, kept } = await startOperations();
    kept.add("a").add("a, again");
    await leave("a");
    await host.advance(180);
    expect(undone).toEqual(["a of 120 s", "a, again of 180 s"]);
    kept.clear();
    await host.advance(120);
    expect(undone).toHaveLength(3);
    expect(host.storage.keys()).toEqual([]);
  });

  test("whose rollback takes long delays no other", async () => {
    const operations = await startOperations();
    let resume = () => {};
    operations.host.storage.onCall = ({ operation, key }) => {
      if (operation !== "get" || key !== "wal/0") return;
      operations.host.storage.onCall = undefined;
      return new Promise((resolve) => {
        resume = resolve;
      });
    };
    operations.host.storage.putJson("wal/0", {
      type: "operation",
      data: { name: "slow" },
      created_at: 0,
    });
    await operations.leave("b");
    const rollback = operations.host.rollback({ immediate: true });
    await expect.poll(() => operations.undone).toEqual(["b of 0 s"]);
    resume();
    await rollback;
    expect(operations.undone).toHaveLength(2);
  });

  test("is rolled back at once if the host wants it, or removes the mount", async () => {
    const { host, leave, undone } = await startOperations();
    await leave("a");
    await host.rollback({ immediate: true });
    expect(undone).toEqual(["a of 0 s"]);
    await leave("b");
    host.system.tainted = true;
    await host.rollback();
    expect(undone).toEqual(["a of 0 s", "b of 0 s"]);
  });

  test("that can't be rolled back stays, is logged, and delays no other", async () => {
    const operations = await startOperations();
    const { host, undone } = operations;
    host.storage.putJson("wal/0-unreadable", "nonsense");
    host.storage.putJson("wal/1-unknown", { type: "other", data: {}, created_at: 0 });
    host.storage.putJson("wal/2-invalid", { type: "operation", data: { name: 5 }, created_at: 0 });
    await operations.leave("a");
    await host.rollback({ immediate: true });
    expect(undone).toEqual(["a of 0 s"]);
    expect(host.storage.keys()).toEqual(["wal/0-unreadable", "wal/1-unknown", "wal/2-invalid"]);
    const failed = "rolling back a WAL entry failed";
    expect(host.logs.toSorted()).toEqual([
      `${failed} {"code":"corrupt_entry","error":"the WAL entry can't be read: name isn't valid"}`,
      `${failed} {"code":"corrupt_entry","error":"the plugin has no WAL entries of kind \\"other\\""}`,
      `${failed} {"code":"corrupt_entry","error":"the stored entry \\"wal/0-unreadable\\" can't be read: it isn't valid"}`,
    ]);

    operations.failure = new Error("no connection");
    await operations.leave("b");
    await host.rollback({ immediate: true });
    expect(host.logs).toContain(`${failed} {"code":"internal","error":"no connection"}`);
    operations.failure = undefined;
    await host.rollback({ immediate: true });
    expect(undone).toEqual(["a of 0 s", "b of 0 s"]);
  });

  test("that was deleted meanwhile is skipped", async () => {
    const { host, leave, undone } = await startOperations();
    await leave("a");
    host.storage.onCall = async ({ operation, key }) => {
      if (operation !== "get") return;
      host.storage.onCall = undefined;
      await host.storage.delete(key);
    };
    await host.rollback({ immediate: true });
    expect(undone).toEqual([]);
    expect(host.logs).toEqual([]);
  });

  test("is left to the next tick when the time of the host's has passed", async () => {
    const { host, leave, undone } = await startOperations();
    await leave("a");
    await host.request("rollback", "", { immediate: true }, { signal: AbortSignal.abort() });
    expect(undone).toEqual([]);
  });

  test("waits on a performance secondary until its cluster is the primary", async () => {
    const { host, leave, undone } = await startOperations();
    await leave("a");
    host.system.performance = "secondary";
    await host.rollback({ immediate: true });
    expect(undone).toEqual([]);
    expect(host.storage.keys()).toHaveLength(1);
    host.system.performance = "primary";
    await host.rollback({ immediate: true });
    expect(undone).toEqual(["a of 0 s"]);
  });

  test("of local writes is rolled back on a performance secondary", async () => {
    const { host, leave, undone } = await startOperations({ localWrites: true });
    host.system.performance = "secondary";
    await leave("a");
    await host.rollback({ immediate: true });
    expect(undone).toEqual(["a of 0 s"]);
    expect(host.storage.keys()).toEqual([]);
  });

  test("is local storage without being declared", async () => {
    const { host } = await startOperations();
    expect(specialPathsOf(host.backend)).toEqual({ localStorage: ["wal/"] });
    expect(
      specialPathsOf({ ...host.backend, specialPaths: { root: ["a"], localStorage: ["b/"] } }),
    ).toEqual({
      root: ["a"],
      localStorage: ["b/", "wal/"],
    });
    expect(specialPathsOf({ help: "", paths: [] })).toEqual({});
  });
});

describe("periodic work", () => {
  test("happens once a minute, on the active node alone", async () => {
    const operations = await startOperations();
    let times = 0;
    operations.periodic = () => {
      times += 1;
    };
    await operations.host.advance(600);
    expect(times).toBe(10);
    operations.host.system.standby = true;
    await operations.host.advance(600);
    expect(times).toBe(10);
  });

  test("that fails is logged, and WAL entries are still rolled back", async () => {
    const operations = await startOperations();
    operations.periodic = () => {
      throw new Error("no time");
    };
    await operations.leave("a");
    await operations.host.rollback({ immediate: true });
    expect(operations.host.logs).toEqual([
      'periodic work failed {"code":"internal","error":"no time"}',
    ]);
    expect(operations.undone).toEqual(["a of 0 s"]);
  });
});
