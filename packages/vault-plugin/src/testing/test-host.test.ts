import * as v from "valibot";
import { beforeEach, describe, expect, test } from "vitest";
import type { BackendFactory } from "../backend.ts";
import { f } from "../fields/field.ts";
import { definePath } from "../path.ts";
import { Redacted } from "../redacted.ts";
import { defineSecret } from "../secret.ts";
import { startTestHost, type TestHost } from "./index.ts";

const help = { synopsis: "A path.", description: "A path." };

let revoked: string[];
let refusals: number;
let host: TestHost;

/** Issues passes with the terms that the request asks for. */
const factory: BackendFactory = ({ storage, clock }) => {
  const pass = defineSecret({
    type: "pass",
    internal: v.object({ user: v.string() }),
    renew: async () => ({ ttl: 60, maxTtl: 300 }),
    async revoke({ internal }) {
      refusals -= 1;
      if (refusals >= 0) throw new Error("not now");
      revoked.push(internal.user);
    },
  });
  return {
    help: "Passes.",
    secrets: [pass],
    paths: [
      definePath("pass/:user", {
        help,
        params: { user: f.nameString({ description: "User." }) },
        fields: {
          ttl: f.durationSecond({ description: "TTL." }),
          max_ttl: f.durationSecond({ description: "Maximum." }),
        },
        async read({ params, input, request }) {
          await storage.put(`pass/${params.user}`, Buffer.from(String(clock.now())));
          return pass.issue({
            data: { from: request.connection?.remoteAddress },
            internal: { user: params.user },
            terms: { ttl: input.ttl ?? 0, maxTtl: input.max_ttl ?? 0 },
          });
        },
      }),
    ],
  };
};

const issue = async (user: string, terms: { ttl?: number; max_ttl?: number } = {}) =>
  (await host.request("read", `pass/${user}`, terms))?.lease;

beforeEach(async () => {
  revoked = [];
  refusals = 0;
  host = await startTestHost(factory);
});

describe("a lease", () => {
  test.for<[name: string, terms: { ttl?: number; max_ttl?: number }, ttl: number]>([
    ["lasts as the plugin says", { ttl: 60 }, 60],
    ["lasts the mount's default otherwise", {}, 3600],
    ["ends with the plugin's maximum", { ttl: 60, max_ttl: 30 }, 30],
    ["ends with the mount's maximum", { ttl: 100_000, max_ttl: 200_000 }, 7200],
  ])("%s", async ([, terms, ttl]) => {
    host.system.defaultLeaseTtl = 3600;
    host.system.maxLeaseTtl = 7200;
    expect((await issue("ann", terms))?.ttl).toBe(ttl);
  });

  test("is revoked when its TTL has passed, and not before", async () => {
    await issue("ann", { ttl: 90 });
    await issue("bob", { ttl: 45 });
    await host.advance(44);
    expect(revoked).toEqual([]);
    await host.advance(1);
    expect(revoked).toEqual(["bob"]);
    await host.advance(45);
    expect(revoked).toEqual(["bob", "ann"]);
    expect(host.leases).toEqual([]);
  });

  test("is renewed from then on, by what the client asks for, up to its maximum", async () => {
    const lease = await issue("ann", { ttl: 60 });
    await host.advance(30);
    expect((await host.renew(lease))?.lease?.ttl).toBe(60);
    expect((await host.renew(lease, 200))?.lease?.ttl).toBe(200);
    expect((await host.renew(lease, 1000))?.lease?.ttl).toBe(270);
    await host.advance(269);
    expect(revoked).toEqual([]);
    await host.advance(1);
    expect(revoked).toEqual(["ann"]);
  });

  test("past its maximum can't be renewed", async () => {
    const lease = host.addLease("pass/ann", {
      ttl: 600,
      maxTtl: 0,
      renewable: true,
      internal: { secret_type: "pass", user: "ann" },
    });
    await host.advance(400);
    await expect(host.renew(lease)).rejects.toThrow("past its maximum");
  });

  test("whose revocation fails is tried again, at first after ten seconds", async () => {
    await issue("ann", { ttl: 30 });
    refusals = 2;
    await host.advance(30);
    expect(host.leases).toHaveLength(1);
    await host.advance(10);
    expect(host.leases).toHaveLength(1);
    await host.advance(20);
    expect(revoked).toEqual(["ann"]);
  });

  test("is irrevocable after six failures", async () => {
    await issue("ann", { ttl: 30 });
    refusals = 6;
    await host.advance(600);
    expect(host.irrevocableLeases).toHaveLength(1);
    expect(revoked).toEqual([]);
  });

  test("has the internal data that a host stores: JSON, with secrets revealed", async () => {
    const seen: unknown[] = [];
    const pass = defineSecret({
      type: "pass",
      internal: v.record(v.string(), v.unknown()),
      renew: async () => ({ ttl: 60, maxTtl: 60 }),
      revoke: async ({ internal }) => void seen.push(internal),
    });
    const read = () =>
      pass.issue({
        data: {},
        internal: { key: new Redacted("k"), since: new Date(0), none: undefined },
        terms: { ttl: 60, maxTtl: 60 },
      });
    host = await startTestHost(() => ({
      help: "Passes.",
      secrets: [pass],
      paths: [definePath("pass", { help, params: {}, read })],
    }));
    await host.revoke((await host.request("read", "pass"))?.lease);
    expect(seen).toStrictEqual([
      { key: "k", since: "1970-01-01T00:00:00.000Z", secret_type: "pass" },
    ]);
  });

  test("that doesn't exist can't be renewed or revoked", async () => {
    await expect(host.renew(undefined)).rejects.toThrow("no lease");
    await expect(host.revoke(undefined)).rejects.toThrow("no lease");
  });
});

describe("a plugin that dies", () => {
  test("during a write has written nothing, and sends no response", async () => {
    let reached = () => {};
    const isReached = new Promise<void>((resolve) => {
      reached = resolve;
    });
    let release = () => {};
    host.storage.onCall = ({ operation }) => {
      if (operation !== "put") return;
      reached();
      return new Promise((resolve) => {
        release = resolve;
      });
    };
    let isAnswered = false;
    void issue("ann").then(() => {
      isAnswered = true;
    });
    await isReached;
    await host.restart();
    host.storage.onCall = undefined;
    release();
    await issue("bob");
    expect(isAnswered).toBe(false);
    expect(host.storage.keys()).toContain("pass/bob");
    expect(host.leases.map(({ internal }) => internal["user"])).toEqual(["bob"]);
  });

  test("before a write never writes", async () => {
    let write = async () => {};
    host = await startTestHost(({ storage }) => {
      write = () => storage.put("late", Buffer.from("1"));
      return { help: "", paths: [] };
    });
    const writeOfTheDead = write;
    await host.restart();
    void writeOfTheDead();
    await write();
    expect(host.storage.keys()).toEqual(["late"]);
    await host.storage.delete("late");
    await new Promise(setImmediate);
    expect(host.storage.keys()).toEqual([]);
  });
});

test("a restored snapshot has its entries and leases, and the plugin restarts", async () => {
  await issue("ann", { ttl: 60 });
  const snapshot = host.snapshot();
  await host.revoke(host.leases[0]);
  await issue("bob", { ttl: 60 });
  const before = host.backend;
  await host.restore(snapshot);
  expect(host.storage.keys()).toEqual(["pass/ann"]);
  expect(host.leases.map(({ internal }) => internal["user"])).toEqual(["ann"]);
  expect(host.backend).not.toBe(before);
  await host.advance(60);
  expect(revoked).toEqual(["ann", "ann"]);
});

test("a mount has the given uuid", async () => {
  let uuid = "";
  const noting: BackendFactory = (mount) => {
    uuid = mount.uuid;
    return { help: "", paths: [] };
  };
  await startTestHost(noting, { uuid: "22222222" });
  expect(uuid).toBe("22222222");
});

test("the client of a revocation can disconnect", async () => {
  const signals: AbortSignal[] = [];
  const pass = defineSecret({
    type: "pass",
    internal: v.object({}),
    renew: async () => ({ ttl: 60, maxTtl: 300 }),
    revoke: async ({ signal }) => void signals.push(signal),
  });
  host = await startTestHost(() => ({ help: "", secrets: [pass], paths: [] }));
  const lease = host.addLease("pass/ann", {
    ttl: 60,
    maxTtl: 60,
    renewable: true,
    internal: { secret_type: "pass" },
  });
  await host.revoke(lease, { signal: AbortSignal.abort() });
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
});

test("a request can have any remote address", async () => {
  const from = { connection: { remoteAddress: "192.0.2.1", remotePort: 4711 } };
  expect((await host.request("read", "pass/ann", {}, { from }))?.data).toEqual({
    from: "192.0.2.1",
  });
});

test("the host generates passwords and has entities as the test sets them", async () => {
  let system: Parameters<BackendFactory>[0]["system"] | undefined;
  host = await startTestHost((mount) => {
    system = mount.system;
    return { help: "", paths: [] };
  });
  host.system.passwordPolicies.set("short", () => "abc");
  const entity = {
    id: "e-1",
    name: "ann",
    disabled: false,
    metadata: new Map(),
    aliases: [],
    namespaceId: "root",
  };
  const groups = [{ id: "g-1", name: "admins", metadata: new Map(), namespaceId: "root" }];
  host.system.entities.set("e-1", { entity, groups });

  expect(await system?.passwordFromPolicy("short")).toBe("abc");
  await expect(system?.passwordFromPolicy("long")).rejects.toMatchObject({ code: "bad_request" });
  expect(await system?.entity("e-1")).toEqual(entity);
  expect(await system?.groupsOf("e-1")).toEqual(groups);
  expect(await system?.entity("e-2")).toBeUndefined();
  expect(await system?.groupsOf("e-2")).toEqual([]);
  expect(await system?.pluginEnvironment()).toEqual({
    version: "2.7.2",
    prerelease: "",
    metadata: "",
  });
  expect(await system?.replicationState()).toMatchObject({ standby: false });
  expect(await system?.isLocalMount()).toBe(false);
  expect(await system?.mlockEnabled()).toBe(false);
});
