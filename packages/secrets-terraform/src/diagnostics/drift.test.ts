import { describe, expect, test } from "vitest";
import { useMount } from "../testing-fixtures/use-mount.ts";

const mount = useMount();
const organization = "hashicorp-vault-testing";
const team_id = "team-TUfzPAhqQ7xbfVwR";
const owner = { type: "organizations", id: organization } as const;
const ROLES = [
  ["organization", { organization }, owner],
  ["team_legacy", { team_id }, { type: "teams", id: team_id }],
  [
    "audit_trails",
    { organization, credential_type: "audit_trails" },
    { type: "audit-trails", id: organization },
  ],
] as const;

const world = () => mount.simulator.world;
const status = (query = "") =>
  mount.host.request("read", "status/a", query === "" ? {} : { refresh: true });
const refreshed = async () => (await status("refresh"))?.data;
const single = () => world().tokens.find((token) => token.owner.type === owner.type);
const reads = () =>
  mount.simulator.requests.filter(({ path }) => path.endsWith("/authentication-token"));
const now = () => new Date(mount.host.clock.now()).toISOString();

/** Somebody else creates a token of the owner, which ends the one before. */
function replace(of: (typeof ROLES)[number][2] = owner): void {
  const old = world().tokens.find(
    ({ owner: { type }, description }) => type === of.type && description === null,
  );
  if (old) world().delete(old);
  world().grant(of, { description: null });
}

describe.for(ROLES)("a stored token of type %s", ([type, role, whose]) => {
  test("is checked at once with refresh=true: none, replaced, deleted", async () => {
    await mount.host.write("role/a", role);
    const before = (await status())?.data;
    expect(before).toMatchObject({
      role: "a",
      credential_type: type,
      stored: true,
      last_vault_rotation: now(),
      drift: "unknown",
      drift_reason: "not checked yet",
      created_at: expect.stringMatching(/Z$/),
      expired_at: expect.stringMatching(/Z$/),
    });
    expect(before).not.toHaveProperty("checked_at");
    expect(before).not.toHaveProperty("live_leases");
    const checked = await refreshed();
    expect(checked).toMatchObject({ drift: "none", checked_at: now() });
    expect(checked).not.toHaveProperty("drift_reason");
    expect((await mount.host.request("read", "creds/a"))?.warnings).toEqual([]);

    replace(whose);
    expect((await status())?.data).toMatchObject({ drift: "none" });
    expect(await refreshed()).toMatchObject({ drift: "replaced" });
    expect((await mount.host.request("read", "creds/a"))?.warnings).toEqual([
      "this token was replaced at Terraform Cloud and is no longer valid: write to rotate-role/a",
    ]);

    for (const token of world().tokens) if (token.owner.type === whose.type) world().delete(token);
    expect(await refreshed()).toMatchObject({ drift: "deleted" });
    expect((await mount.host.request("read", "creds/a"))?.warnings).toEqual([
      "this token was deleted at Terraform Cloud and is no longer valid: write to rotate-role/a",
    ]);

    await mount.host.write("rotate-role/a");
    expect((await mount.host.request("read", "creds/a"))?.warnings).toEqual([]);
    expect((await status())?.data).toMatchObject({ drift: "unknown" });
    expect(await refreshed()).toMatchObject({ drift: "none" });
  });
});

describe("the schedule", () => {
  test("checks each owner once per period with one call, however many roles share it", async () => {
    await mount.host.write("role/a", { organization });
    await mount.host.write("role/b", { organization: organization.toUpperCase() });
    const before = mount.simulator.requests.length;
    await mount.host.advance(60);
    expect((await status())?.data).toMatchObject({ drift: "none" });
    await mount.host.advance(3000);
    expect(mount.simulator.requests).toHaveLength(before + 1);
    replace();
    await mount.host.advance(3600);
    expect((await status())?.data).toMatchObject({ drift: "replaced" });
    const found = mount.simulator.requests.length;
    expect(found).toBe(before + 2);
    await mount.host.advance(7200);
    expect(mount.simulator.requests).toHaveLength(found);
  });

  test("makes no storage access on a tick when nothing can be due", async () => {
    await mount.host.write("role/a", { organization });
    await mount.host.rollback();
    const calls: string[] = [];
    mount.host.storage.onCall = ({ operation, key }) => void calls.push(`${operation} ${key}`);
    for (let ticks = 0; ticks < 3; ticks += 1) await mount.host.rollback();
    mount.host.storage.onCall = undefined;
    expect(new Set(calls)).toEqual(new Set(["list wal/"]));
  });

  test("follows drift_check_period, and 0 stops it", async () => {
    await mount.host.write("role/a", { organization });
    await mount.host.write("config", { drift_check_period: 0 });
    const before = reads().length;
    await mount.host.advance(7200);
    expect(reads()).toHaveLength(before);
    await mount.host.write("config", { drift_check_period: 120 });
    await mount.host.advance(600);
    expect(reads()).toHaveLength(before + 5);
    await expect(mount.host.write("config", { drift_check_period: 9 })).rejects.toThrow(
      "drift_check_period must be at least 10 seconds, or 0",
    );
  });

  test("runs only on the active node, as does refresh=true", async () => {
    await mount.host.write("role/a", { organization });
    mount.host.system.standby = true;
    const before = mount.simulator.requests.length;
    await mount.host.rollback();
    await expect(status("refresh")).rejects.toMatchObject({ code: "read_only" });
    expect((await status())?.data).toMatchObject({ drift: "unknown" });
    expect(mount.simulator.requests).toHaveLength(before);
  });

  test("does nothing while the mount is being removed", async () => {
    await mount.host.write("role/a", { organization });
    const before = reads().length;
    await mount.host.rollback({ immediate: true });
    expect(reads()).toHaveLength(before);
  });

  test("finds a token that was rotated after a snapshot that was restored", async () => {
    await mount.host.write("role/a", { organization });
    await mount.host.advance(60);
    const snapshot = mount.host.snapshot();
    await mount.host.write("rotate-role/a");
    await mount.host.restore(snapshot);
    expect((await mount.host.request("read", "creds/a"))?.warnings).toEqual([]);
    await mount.host.advance(3600);
    expect((await mount.host.request("read", "creds/a"))?.warnings.join()).toContain(
      "was replaced",
    );
  });
});

describe("drift is unknown", () => {
  test("if Terraform Cloud can't be reached, and a known drift stays known", async () => {
    await mount.host.write("role/a", { organization });
    mount.simulator.fault = () => "redirect";
    expect(await refreshed()).toMatchObject({
      drift: "unknown",
      drift_reason: expect.stringContaining("redirect, which is never followed"),
      checked_at: now(),
    });
    mount.simulator.fault = undefined;
    replace();
    await refreshed();
    mount.simulator.fault = () => "redirect";
    expect(await refreshed()).toMatchObject({ drift: "replaced" });
  });

  test("if the mount's token lacks permission to manage the owner's tokens", async () => {
    await mount.host.write("role/a", { organization });
    const other = world().grant(
      { type: "users", id: "user-V3R563qtJNcExAkN" },
      { description: "other" },
    );
    await mount.host.write("config", { token: other.text });
    expect(await refreshed()).toMatchObject({
      drift: "unknown",
      drift_reason: `organization "${organization}" doesn't exist, or the mount's token lacks permission to manage its tokens`,
    });
  });

  test("if the token was created at another address", async () => {
    await mount.host.write("role/a", { organization });
    const { address, credentials } = mount.simulator;
    const moved = address.replace("127.0.0.1", "localhost");
    await mount.host.write("config", { address: moved, token: credentials.token });
    expect(await refreshed()).toMatchObject({
      drift: "unknown",
      drift_reason: `the token was created at ${address}, and this mount uses ${moved}`,
    });
  });
});

test("a check during a rotation doesn't report the new token as drift", async () => {
  await mount.host.write("role/a", { organization });
  const asked: Promise<unknown>[] = [];
  mount.simulator.onRequest = async ({ method, moment }) => {
    if (method !== "POST" || moment !== "acted" || asked.length > 0) return;
    asked.push(refreshed());
    await new Promise((resolve) => setTimeout(resolve, 200));
  };
  await mount.host.write("rotate-role/a");
  await Promise.all(asked);
  expect(asked).toHaveLength(1);
  expect((await mount.host.request("read", "creds/a"))?.warnings).toEqual([]);
  expect(single()?.id).toBe((await status())?.data?.["token_id"]);
});

describe("status", () => {
  test("of a role with leased tokens counts its live leases", async () => {
    await mount.host.write("role/a", { user_id: "user-12345abcde", ttl: 600, max_ttl: 600 });
    await mount.host.write("role/b", { user_id: "user-12345abcde" });
    expect(await mount.host.read("status/a")).toEqual({
      role: "a",
      credential_type: "user",
      owner_type: "user",
      owner_id: "user-12345abcde",
      stored: false,
      live_leases: 0,
    });
    for (const name of ["a", "a", "b"]) await mount.host.read(`creds/${name}`);
    expect(await mount.host.read("status/a")).toMatchObject({ live_leases: 2 });
    await mount.host.revoke(mount.host.leases[0]);
    expect(await mount.host.read("status/a")).toMatchObject({ live_leases: 1 });
    expect(await mount.host.read("status/b")).toMatchObject({ live_leases: 1 });
    mount.host.clock.set(mount.host.clock.now() + 700_000);
    expect(await mount.host.read("status/a")).toMatchObject({ live_leases: 0 });
  });

  test("of a role that doesn't exist is 404", async () => {
    expect(await mount.host.read("status/a")).toBeUndefined();
  });

  test("shows the last and the next scheduled rotation", async () => {
    await mount.host.write("role/a", { organization, rotation_period: 3600 });
    const hence = (seconds: number) =>
      new Date(mount.host.clock.now() + seconds * 1000).toISOString();
    expect((await status())?.data).toMatchObject({
      last_vault_rotation: now(),
      next_vault_rotation: hence(3600),
    });
    mount.simulator.fault = ({ method }) => (method === "POST" ? "redirect" : undefined);
    await mount.host.advance(3600);
    expect((await status())?.data).toMatchObject({ rotation_error: expect.any(String) });
  });

  test("never shows a token", async () => {
    await mount.host.write("role/a", { organization });
    const { token } = (await mount.host.read("creds/a")) ?? {};
    expect(JSON.stringify(await mount.host.request("list", "status"))).not.toContain(token);
  });

  test("is listed by role, and an unreadable role hides no other", async () => {
    expect((await mount.host.request("list", "status"))?.data).toEqual({});
    await mount.host.write("role/a", { organization });
    await mount.host.write("role/b", { user_id: "user-12345abcde" });
    mount.host.storage.putJson("role/c", { name: 1 });
    const { keys, key_info } = (await mount.host.request("list", "status"))?.data ?? {};
    expect(keys).toEqual(["a", "b", "c"]);
    expect(key_info).toEqual({
      a: await mount.host.read("status/a"),
      b: await mount.host.read("status/b"),
      c: { role: "c", drift: "unknown", drift_reason: expect.stringContaining("can't be read") },
    });
  });

  test("is listed for a role with the name of a property of all objects", async () => {
    for (const name of ["__proto__", "constructor"])
      await mount.host.write(`role/${name}`, { user_id: "user-12345abcde" });
    const { key_info } = (await mount.host.request("list", "status"))?.data ?? {};
    const listed = Object.entries(key_info as Record<string, { role: string }>);
    expect(listed.map(([name, { role }]) => [name, role])).toEqual([
      ["__proto__", "__proto__"],
      ["constructor", "constructor"],
    ]);
  });

  test("is listed with the live leases of each role", async () => {
    for (const name of ["a", "b", "__proto__"])
      await mount.host.write(`role/${name}`, {
        user_id: "user-12345abcde",
        ttl: 600,
        max_ttl: 600,
      });
    for (const name of ["a", "a", "__proto__"]) await mount.host.read(`creds/${name}`);
    const live = async () => {
      const { key_info } = (await mount.host.request("list", "status"))?.data ?? {};
      const listed = Object.values(key_info as Record<string, { live_leases: number }>);
      return listed.map(({ live_leases }) => live_leases);
    };
    expect(await live()).toEqual([1, 2, 0]);
    mount.host.clock.set(mount.host.clock.now() + 700_000);
    expect(await live()).toEqual([0, 0, 0]);
  });

  test("reports that no token is stored yet", async () => {
    mount.host.storage.putJson("role/a", { name: "a", organization });
    expect(await refreshed()).toMatchObject({
      stored: true,
      drift: "unknown",
      drift_reason: "no token is stored: read creds to create one",
    });
  });
});

test("an owner's drift entry is deleted with its last role", async () => {
  await mount.host.write("role/a", { organization });
  await refreshed();
  await mount.host.request("delete", "role/a");
  expect(mount.host.storage.keys().filter((key) => key.startsWith("drift/"))).toEqual([]);
});
