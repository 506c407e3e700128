import { setImmediate } from "node:timers/promises";
import { GrpcCode, GrpcError, type ServiceHandlers } from "@vault-ts/go-plugin";
import { describe, expect, test } from "vitest";
import { StorageDefinition, SystemViewDefinition } from "./gen/pb/backend.ts";
import { decodeReplicationState } from "./replication-state.ts";
import { remoteStorage } from "./storage.ts";
import { remoteSystemView } from "./system-view.ts";
import { channelTo, partOf } from "./testing-fixtures/in-process.ts";

const storageOf = (handlers: Partial<ServiceHandlers<typeof StorageDefinition>>) =>
  remoteStorage(channelTo([partOf(StorageDefinition, handlers)]));
const systemOf = (handlers: Partial<ServiceHandlers<typeof SystemViewDefinition>>) =>
  remoteSystemView(channelTo([partOf(SystemViewDefinition, handlers)]));

describe("storage", () => {
  test("gets, puts, deletes and lists", async () => {
    const calls: unknown[] = [];
    const storage = storageOf({
      get: async (request) => {
        calls.push(request);
        return { entry: { key: request.key, value: Buffer.from("1"), sealWrap: false }, err: "" };
      },
      put: async (request) => {
        calls.push(request);
        return { err: "" };
      },
      delete: async (request) => {
        calls.push(request);
        return { err: "" };
      },
      list: async (request) => {
        calls.push(request);
        return { keys: ["b", "a"], err: "" };
      },
    });
    expect(Buffer.from((await storage.get("k")) ?? []).toString()).toBe("1");
    await storage.put("k", Buffer.from("2"));
    await storage.delete("k");
    expect(await storage.list("p/")).toEqual(["a", "b"]);
    expect(calls).toEqual([
      { key: "k", txn: "" },
      { entry: { key: "k", value: expect.any(Uint8Array), sealWrap: false }, txn: "" },
      { key: "k", txn: "" },
      { prefix: "p/", txn: "" },
    ]);
  });

  test("that has no entry has undefined", async () => {
    expect(
      await storageOf({ get: async () => ({ entry: undefined, err: "" }) }).get("k"),
    ).toBeUndefined();
  });

  test.for<[err: string, code: string, message: string]>([
    [
      "cannot write to readonly storage",
      "read_only",
      "the host's storage failed: cannot write to readonly storage",
    ],
    [
      "[2] contents changed: hunter2: transaction commit failed",
      "conflict",
      "the host's storage failed: another write came first; nothing was changed",
    ],
    ["disk full", "internal", "the host's storage failed: disk full"],
  ])("that answers %j throws %s", async ([err, code, message]) => {
    const storage = storageOf({ put: async () => ({ err }) });
    await expect(storage.put("k", Buffer.from("1"))).rejects.toMatchObject({ code, message });
  });

  test("that can't be reached throws", async () => {
    const failure = new GrpcError(GrpcCode.UNAVAILABLE, "the connection is closed");
    const storage = storageOf({
      get: async () => {
        throw failure;
      },
    });
    await expect(storage.get("k")).rejects.toMatchObject({
      code: "internal",
      message: "the host's storage failed: the connection is closed",
      cause: failure,
    });
  });

  test("lists pages if the host supports them", async () => {
    const asked: unknown[] = [];
    const storage = storageOf({
      listPage: async (request) => {
        asked.push(request);
        return { keys: ["c"], err: "" };
      },
    });
    expect(await storage.list("p/", { after: "b", limit: 1 })).toEqual(["c"]);
    await storage.list("p/", {});
    expect(asked).toEqual([
      { prefix: "p/", after: "b", limit: 1, txn: "" },
      { prefix: "p/", after: "", limit: -1, txn: "" },
    ]);
  });

  test("lists pages of the full list if the host doesn't support them, as in Vault", async () => {
    const storage = storageOf({ list: async () => ({ keys: ["d", "b", "a", "c"], err: "" }) });
    expect(await storage.list("p/", { after: "a", limit: 2 })).toEqual(["b", "c"]);
  });

  test("throws if a page fails for another reason", async () => {
    const storage = storageOf({ listPage: async () => ({ keys: [], err: "disk full" }) });
    await expect(storage.list("p/", { limit: 1 })).rejects.toMatchObject({ code: "internal" });
  });
});

describe("a transaction", () => {
  const host = (calls: string[], transactional = true) =>
    storageOf({
      isTransactional: async () => ({ transactional }),
      beginTx: async () => {
        calls.push("begin");
        return { txn: "t1", err: "" };
      },
      put: async ({ entry, txn }) => {
        calls.push(`put ${entry?.key} ${txn}`);
        return { err: "" };
      },
      commit: async ({ txn }) => {
        calls.push(`commit ${txn}`);
        return { err: "" };
      },
      rollback: async ({ txn }) => {
        calls.push(`rollback ${txn}`);
        return { err: "gone already" };
      },
    });

  test("is begun, used, and committed", async () => {
    const calls: string[] = [];
    const storage = host(calls);
    const result = await storage.transaction(async (view) => {
      await view.put("a", Buffer.from("1"));
      await storage.put("b", Buffer.from("1"));
      return 5;
    });
    expect(result).toBe(5);
    expect(calls).toEqual(["begin", "put a t1", "put b ", "commit t1"]);
  });

  test("that fails is rolled back, and throws", async () => {
    const calls: string[] = [];
    const work = host(calls).transaction(async () => {
      throw new Error("no");
    });
    await expect(work).rejects.toThrow("no");
    expect(calls).toEqual(["begin", "rollback t1"]);
  });

  test("whose work throws waits for the calls in progress, and takes no more", async () => {
    const calls: string[] = [];
    const storage = storageOf({
      isTransactional: async () => ({ transactional: true }),
      beginTx: async () => ({ txn: "t1", err: "" }),
      get: async () => {
        await setImmediate();
        calls.push("get");
        return { entry: undefined, err: "" };
      },
      put: async ({ txn }) => {
        calls.push(`put ${txn}`);
        return { err: "" };
      },
      rollback: async ({ txn }) => {
        calls.push(`rollback ${txn}`);
        return { err: "" };
      },
    });
    let branch: Promise<void> = Promise.resolve();
    const done = storage.transaction(async (view) => {
      branch = view.get("a").then(() => view.put("a", Buffer.from("1")));
      await Promise.all([branch, Promise.reject(new Error("no"))]);
    });
    await expect(done).rejects.toThrow("no");
    await expect(branch).rejects.toMatchObject({ name: "PluginError", code: "internal" });
    expect(calls).toEqual(["get", "rollback t1"]);
  });

  test("isn't offered if the storage has none", async () => {
    const calls: string[] = [];
    const storage = host(calls, false);
    await storage.transaction((view) => view.put("a", Buffer.from("1")));
    expect(calls).toEqual(["put a "]);
    expect(await storage.isTransactional()).toBe(false);
  });

  test("isn't offered if the host has none, as in Vault", async () => {
    const calls: string[] = [];
    const storage = storageOf({
      put: async ({ entry, txn }) => {
        calls.push(`put ${entry?.key} ${txn}`);
        return { err: "" };
      },
    });
    await storage.transaction((view) => view.put("a", Buffer.from("1")));
    expect(calls).toEqual(["put a "]);
  });

  test("is requested again if the host failed to respond", async () => {
    let isUp = false;
    const storage = storageOf({
      isTransactional: async () => {
        if (!isUp) throw new GrpcError(GrpcCode.UNAVAILABLE, "not yet");
        return { transactional: true };
      },
    });
    await expect(storage.isTransactional()).rejects.toThrow("not yet");
    isUp = true;
    expect(await storage.isTransactional()).toBe(true);
  });
});

describe("the system view", () => {
  test("returns the framework's types", async () => {
    const system = systemOf({
      defaultLeaseTTL: async () => ({ ttl: 60_000_000_000n }),
      maxLeaseTTL: async () => ({ ttl: 3_600_000_000_000n }),
      tainted: async () => ({ tainted: true }),
      cachingDisabled: async () => ({ disabled: true }),
      localMount: async () => ({ local: true }),
      mlockEnabled: async () => ({ enabled: true }),
      replicationState: async () => ({ state: 1 << 14 }),
      pluginEnv: async () => ({
        pluginEnvironment: {
          vaultVersion: "1.21.0",
          vaultVersionPrerelease: "rc1",
          vaultVersionMetadata: "ent",
        },
        err: "",
      }),
      generatePasswordFromPolicy: async ({ policyName }) => ({ password: `by ${policyName}` }),
      entityInfo: async ({ entityId }) => ({
        entity: {
          id: entityId,
          name: "ann",
          aliases: [],
          metadata: new Map([["a", "b"]]),
          disabled: false,
          namespaceId: "root",
        },
        err: "",
      }),
      groupsForEntity: async () => ({
        groups: [{ id: "g", name: "admins", metadata: new Map(), namespaceId: "root" }],
        err: "",
      }),
    });
    expect(await system.defaultLeaseTtl()).toBe(60);
    expect(await system.maxLeaseTtl()).toBe(3600);
    expect(await system.isTainted()).toBe(true);
    expect(await system.cachingDisabled()).toBe(true);
    expect(await system.isLocalMount()).toBe(true);
    expect(await system.mlockEnabled()).toBe(true);
    expect(await system.isStandby()).toBe(true);
    expect(await system.hostVersion()).toBe("1.21.0");
    expect(await system.pluginEnvironment()).toEqual({
      version: "1.21.0",
      prerelease: "rc1",
      metadata: "ent",
    });
    expect(await system.passwordFromPolicy("strict")).toBe("by strict");
    expect(await system.entity("e")).toMatchObject({
      id: "e",
      name: "ann",
      metadata: new Map([["a", "b"]]),
    });
    expect(await system.groupsOf("e")).toMatchObject([{ name: "admins" }]);
  });

  test("returns nothing if the host returns nothing", async () => {
    const system = systemOf({
      pluginEnv: async () => ({ pluginEnvironment: undefined, err: "" }),
      entityInfo: async () => ({ entity: undefined, err: "" }),
    });
    expect(await system.hostVersion()).toBe("");
    expect(await system.entity("e")).toBeUndefined();
  });

  test("that fails throws", async () => {
    const system = systemOf({
      groupsForEntity: async () => ({ groups: [], err: "no such entity" }),
    });
    await expect(system.groupsOf("e")).rejects.toMatchObject({
      code: "internal",
      message: "the host's system view failed: no such entity",
    });
    await expect(system.passwordFromPolicy("none")).rejects.toMatchObject({
      code: "bad_request",
      message: 'the host generated no password for the policy "none"',
    });
  });

  test.for<[state: number, performance: string, disasterRecovery: string, standby: boolean]>([
    [0, "unknown", "unknown", false],
    [(1 << 12) | (1 << 13), "disabled", "disabled", false],
    [(1 << 5) | (1 << 8), "primary", "primary", false],
    [(1 << 6) | (1 << 9) | (1 << 14), "secondary", "secondary", true],
    [(1 << 10) | (1 << 11), "bootstrapping", "bootstrapping", false],
  ])("tells replication of %d", ([state, performance, disasterRecovery, standby]) => {
    expect(decodeReplicationState(state)).toEqual({ performance, disasterRecovery, standby });
  });
});
