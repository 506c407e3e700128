import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { type Backend, type Mount, specialPathsOf } from "./backend.ts";
import { startTestHost, type TestHost } from "./testing/index.ts";
import { defineWal } from "./wal.ts";

interface Operations {
  readonly host: TestHost;
  readonly undone: string[];
  /** Writes an entry, as a request would. */
  begin(name: string): Promise<string>;
  end(id: string): Promise<void>;
  /** What the next rollback throws. */
  failure: Error | undefined;
  periodic: () => void;
}

/** A backend whose operations are undone by name. */
async function startOperations(): Promise<Operations> {
  const undone: string[] = [];
  let mount: Mount | undefined;
  const wal = defineWal({
    kind: "operation",
    data: v.object({ name: v.string() }),
    minAge: 90,
    async rollback({ data, createdAt }) {
      if (operations.failure) throw operations.failure;
      undone.push(`${data.name} of ${(host.clock.now() - createdAt.getTime()) / 1000} s`);
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
    begin: (name) => wal.put(mounted(), { name }),
    end: (id) => wal.delete(mounted(), id),
    failure: undefined,
    periodic: () => {},
  };
  return operations;
}

describe("an entry of the write-ahead log", () => {
  test("is stored as Vault's framework stores it", async () => {
    const { host, begin } = await startOperations();
    const id = await begin("a");
    expect(host.storage.json(`wal/${id}`)).toEqual({
      type: "operation",
      data: { name: "a" },
      created_at: Math.floor(host.clock.now() / 1000),
    });
  });

  test("is rolled back once it is old enough, and then gone", async () => {
    const { host, begin, undone } = await startOperations();
    await begin("a");
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
    const { host, begin, end, undone } = await startOperations();
    await end(await begin("a"));
    await host.rollback({ immediate: true });
    expect(undone).toEqual([]);
  });

  test("is rolled back at once if the host wants it, or removes the mount", async () => {
    const { host, begin, undone } = await startOperations();
    await begin("a");
    await host.rollback({ immediate: true });
    expect(undone).toEqual(["a of 0 s"]);
    await begin("b");
    host.system.tainted = true;
    await host.rollback();
    expect(undone).toEqual(["a of 0 s", "b of 0 s"]);
  });

  test("that can't be rolled back stays, is logged, and hinders no other", async () => {
    const operations = await startOperations();
    const { host, undone } = operations;
    host.storage.putJson("wal/0-unreadable", "nonsense");
    host.storage.putJson("wal/1-unknown", { type: "other", data: {}, created_at: 0 });
    host.storage.putJson("wal/2-invalid", { type: "operation", data: { name: 5 }, created_at: 0 });
    await operations.begin("a");
    await host.rollback({ immediate: true });
    expect(undone).toEqual(["a of 0 s"]);
    expect(host.storage.keys()).toEqual(["wal/0-unreadable", "wal/1-unknown", "wal/2-invalid"]);
    const failed = "an entry of the write-ahead log can't be rolled back";
    expect(host.logs).toEqual([
      `${failed} {"code":"corrupt_entry","error":"the stored entry \\"wal/0-unreadable\\" can't be read: it isn't valid"}`,
      `${failed} {"code":"corrupt_entry","error":"the plugin knows no entries of kind \\"other\\""}`,
      `${failed} {"code":"corrupt_entry","error":"the log's entry can't be read: name isn't valid"}`,
    ]);

    operations.failure = new Error("no connection");
    await operations.begin("b");
    await host.rollback({ immediate: true });
    expect(host.logs).toContain(`${failed} {"code":"internal","error":"no connection"}`);
    operations.failure = undefined;
    await host.rollback({ immediate: true });
    expect(undone).toEqual(["a of 0 s", "b of 0 s"]);
  });

  test("that is gone meanwhile is passed over", async () => {
    const { host, begin, undone } = await startOperations();
    const id = await begin("a");
    host.storage.onCall = async ({ operation }) => {
      if (operation !== "get") return;
      host.storage.onCall = undefined;
      await host.storage.delete(`wal/${id}`);
    };
    await host.rollback({ immediate: true });
    expect(undone).toEqual([]);
    expect(host.logs).toEqual([]);
  });

  test("is left to the next time when the host's is up", async () => {
    const { host, begin, undone } = await startOperations();
    await begin("a");
    await host.request("rollback", "", { immediate: true }, { signal: AbortSignal.abort() });
    expect(undone).toEqual([]);
  });

  test("is local storage, without a word", async () => {
    const { host } = await startOperations();
    expect(specialPathsOf(host.backend)).toEqual({ localStorage: ["wal/"] });
    expect(specialPathsOf({ ...host.backend, specialPaths: { root: ["a"], localStorage: ["b/"] } })).toEqual({
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

  test("that fails is logged, and the log is rolled back all the same", async () => {
    const operations = await startOperations();
    operations.periodic = () => {
      throw new Error("no time");
    };
    await operations.begin("a");
    await operations.host.rollback({ immediate: true });
    expect(operations.host.logs).toEqual(['the periodic work failed {"code":"internal","error":"no time"}']);
    expect(operations.undone).toEqual(["a of 0 s"]);
  });
});
