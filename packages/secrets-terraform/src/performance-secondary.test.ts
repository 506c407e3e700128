import { startTestHost, type TestHost } from "@vault-ts/vault-plugin/testing";
import { beforeEach, describe, expect, test } from "vitest";
import { createBackend } from "./backend.ts";
import { useMount } from "./testing-fixtures/use-mount.ts";

const mount = useMount();
const organization = "hashicorp-vault-testing";
const user_id = "user-12345abcde";

let secondary: TestHost;

/** The same mount on a performance secondary: it has the replicated entries, and no other. */
async function startSecondary(): Promise<void> {
  secondary = await startTestHost(createBackend);
  secondary.system.performance = "secondary";
  await replicate();
}

/** Replicates what was written on the primary. */
async function replicate(): Promise<void> {
  const { entries } = mount.host.snapshot();
  const { localStorage = [] } = secondary.backend.specialPaths ?? {};
  const isLocal = (key: string) =>
    [...localStorage, "wal/"].some((prefix) => key.startsWith(prefix));
  const own = secondary.snapshot();
  await secondary.restore({
    entries: new Map([
      ...[...entries].filter(([key]) => !isLocal(key)),
      ...[...own.entries].filter(([key]) => isLocal(key)),
    ]),
    leases: own.leases,
  });
}

/** What the secondary sends to Terraform Cloud meanwhile. */
async function requestsDuring(work: () => Promise<unknown>): Promise<readonly string[]> {
  const before = mount.simulator.requests.length;
  await work();
  return mount.simulator.requests.slice(before).map(({ method, path }) => `${method} ${path}`);
}

beforeEach(async () => {
  mount.host.system.performance = "primary";
  await mount.host.write("role/stored", { organization });
  await mount.host.write("role/leased", { user_id, ttl: 60, max_ttl: 600 });
  await startSecondary();
});

describe("a performance secondary forwards to the primary, before it calls Terraform Cloud,", () => {
  test.for<[request: string, operation: string, path: string, data?: Record<string, unknown>]>([
    ["a write of config", "update", "config", { token: "new" }],
    ["the first role of an owner", "update", "role/b", { team_id: "team-TUfzPAhqQ7xbfVwR" }],
    ["the deletion of a role", "delete", "role/stored"],
    ["rotate-role", "update", "rotate-role/stored"],
    ["rotate-root", "update", "rotate-root"],
    ["tidy", "update", "tidy"],
    ["a new check of drift", "read", "status/stored", { refresh: true }],
  ])("%s", async ([, operation, path, data]) => {
    const requests = await requestsDuring(() =>
      expect(secondary.request(operation, path, data)).rejects.toMatchObject({ code: "read_only" }),
    );
    expect(requests).toEqual([]);
  });

  test.for(["read", "update"])(
    "creds of a stored token that isn't there: %s",
    async (operation) => {
      mount.host.storage.putJson("role/new", { name: "new", team_id: "team-TUfzPAhqQ7xbfVwR" });
      await replicate();
      const requests = await requestsDuring(() =>
        expect(secondary.request(operation, "creds/new")).rejects.toMatchObject({
          code: "read_only",
        }),
      );
      expect(requests).toEqual([]);
    },
  );
});

describe("a performance secondary serves", () => {
  test.for(["read", "update"])("leased creds, which it revokes: %s", async (operation) => {
    const issued = await secondary.request(operation, "creds/leased");
    expect(mount.isAlive(issued?.data?.["token"])).toBe(true);
    await secondary.renew(issued?.lease);
    await secondary.revoke(issued?.lease);
    expect(mount.isAlive(issued?.data?.["token"])).toBe(false);
    expect(secondary.storage.keys().filter((key) => key.startsWith("lease/"))).toEqual([]);
  });

  test("leased creds of a mount whose token's owner isn't known yet", async () => {
    const { token, address } = mount.host.storage.json("config") as Record<string, string>;
    mount.host.storage.putJson("config", { token, address, base_path: "/api/v2/" });
    await replicate();
    const issued = await secondary.request("read", "creds/leased");
    const found = mount.simulator.world.tokens.find(({ text }) => text === issued?.data?.["token"]);
    if (found) mount.simulator.world.delete(found);
    await secondary.revoke(issued?.lease);
    expect(secondary.leases).toEqual([]);
  });

  test("a stored token that is there, roles, config, status and check", async () => {
    expect(mount.isAlive((await secondary.read("creds/stored"))?.["token"])).toBe(true);
    expect(await secondary.read("role/stored")).toMatchObject({ organization });
    expect(await secondary.read("config")).toMatchObject({ owner_id: user_id });
    expect(await secondary.read("status/stored")).toMatchObject({ stored: true });
    expect(await secondary.read("check")).toMatchObject({ ok: true });
  });
});

describe("the rollback of a performance secondary", () => {
  test("deletes the orphaned tokens of its own leases", async () => {
    const before = mount.simulator.world.tokens.length;
    mount.simulator.fault = ({ method }) => (method === "POST" ? "cut after" : undefined);
    await expect(secondary.read("creds/leased")).rejects.toThrow();
    mount.simulator.fault = undefined;
    await secondary.advance(1200);
    expect(secondary.storage.keys().filter((key) => key.startsWith("lease/"))).toEqual([]);
    expect(mount.simulator.world.tokens).toHaveLength(before);
  });

  test("leaves stored tokens, and the mount's own, alone", async () => {
    await mount.host.write("role/stored", { rotation_period: 60 });
    await mount.host.write("config", { rotation_period: 60, drift_check_period: 10 });
    await replicate();
    expect(await requestsDuring(() => secondary.advance(600))).toEqual([]);
  });

  test("keeps the WAL entries of stored tokens until the cluster is promoted", async () => {
    secondary.system.performance = "primary";
    mount.simulator.fault = ({ method }) => (method === "POST" ? "cut after" : undefined);
    await expect(secondary.write("rotate-role/stored")).rejects.toThrow();
    mount.simulator.fault = undefined;
    secondary.system.performance = "secondary";
    expect(await requestsDuring(() => secondary.advance(600))).toEqual([]);
    secondary.system.performance = "primary";
    await secondary.advance(1200);
    expect(secondary.storage.keys().filter((key) => key.startsWith("wal/"))).toEqual([]);
    expect(mount.isAlive((await secondary.read("creds/stored"))?.["token"])).toBe(true);
  });
});

test("a local mount of a performance secondary does all by itself", async () => {
  secondary.system.localMount = true;
  await secondary.write("role/stored", { rotation_period: 60 });
  const before = (await secondary.read("creds/stored"))?.["token"];
  await secondary.advance(120);
  const after = (await secondary.read("creds/stored"))?.["token"];
  expect(after).not.toBe(before);
  expect(mount.isAlive(after)).toBe(true);
});
