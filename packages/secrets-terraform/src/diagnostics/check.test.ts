import { describe, expect, test } from "vitest";
import { useMount } from "../testing-fixtures/use-mount.ts";

const mount = useMount();
const organization = "hashicorp-vault-testing";
const team_id = "team-TUfzPAhqQ7xbfVwR";
const OTHER_USER = "user-V3R563qtJNcExAkN";
const check = async (name?: string) =>
  await mount.host.read(name === undefined ? "check" : `check/${name}`);
const KINDS = {
  user: { user_id: "user-12345abcde" },
  team: { team_id, credential_type: "team" },
  agent: { agent_pool_id: "apool-yoGUFz5zcRMMz53i" },
  metrics: { organization, credential_type: "metrics" },
  organization: { organization },
  team_legacy: { team_id },
  audit: { organization, credential_type: "audit_trails" },
} as const;

test("a token with all permissions that the roles need is ok, and nothing is changed", async () => {
  for (const [name, role] of Object.entries(KINDS)) await mount.host.write(`role/${name}`, role);
  const before = [mount.host.storage.snapshot(), mount.simulator.world.tokens.map(({ id }) => id)];
  const asked = mount.simulator.requests.length;
  expect(await check()).toEqual({
    ok: true,
    token_owner_type: "user",
    owner_id: "user-12345abcde",
    token_expired_at: expect.stringMatching(/Z$/),
    roles: Object.fromEntries(
      Object.keys(KINDS)
        .sort()
        .map((name) => [name, { ok: true }]),
    ),
  });
  expect(mount.simulator.requests.slice(asked).every(({ method }) => method === "GET")).toBe(true);
  expect([mount.host.storage.snapshot(), mount.simulator.world.tokens.map(({ id }) => id)]).toEqual(
    before,
  );
});

describe("a role is not ok", () => {
  test.for([
    [
      "of another user",
      { user_id: OTHER_USER },
      `this mount's token belongs to user "user-12345abcde": only a token of user "${OTHER_USER}" can create its tokens`,
    ],
    [
      "whose team isn't visible",
      { team_id: "team-none", credential_type: "team" },
      `team "team-none" doesn't exist, or the mount's token lacks permission to manage its tokens`,
    ],
    [
      "whose organization isn't visible",
      { organization: "nobodys", credential_type: "metrics" },
      `organization "nobodys" doesn't exist, or the mount's token lacks permission to manage its tokens`,
    ],
    [
      "whose agent pool isn't visible",
      { agent_pool_id: "apool-none" },
      `agent pool "apool-none" doesn't exist, or the mount's token lacks permission to manage its tokens`,
    ],
  ] as const)("%s", async ([, role, reason]) => {
    await mount.host.write("role/a", role);
    await mount.host.write("role/b", KINDS.user);
    expect(await check()).toMatchObject({
      ok: false,
      roles: { a: { ok: false, reason }, b: { ok: true } },
    });
    expect(await check("a")).toMatchObject({ ok: false, roles: { a: { ok: false, reason } } });
    expect(await check("b")).toMatchObject({ ok: true, roles: { b: { ok: true } } });
  });

  test("whose organization lacks the entitlement", async () => {
    await mount.host.write("role/agent", KINDS.agent);
    await mount.host.write("role/audit", KINDS.audit);
    mount.simulator.world.missing.add("agents").add("audit-logging");
    expect((await check())?.["roles"]).toEqual({
      agent: { ok: false, reason: `organization "${organization}" lacks the agents entitlement` },
      audit: {
        ok: false,
        reason: `organization "${organization}" lacks the audit-logging entitlement`,
      },
    });
  });

  test("whose kind this edition doesn't support", async () => {
    for (const name of ["team", "metrics", "audit", "team_legacy"] as const) {
      await mount.host.write(`role/${name}`, KINDS[name]);
    }
    mount.simulator.edition = "old-enterprise";
    expect((await check())?.["roles"]).toEqual({
      team: { ok: false, reason: "this Terraform Cloud doesn't support tokens of type team" },
      metrics: { ok: false, reason: "this Terraform Cloud doesn't support tokens of type metrics" },
      audit: {
        ok: false,
        reason: expect.stringContaining("this server doesn't identify itself as HCP Terraform"),
      },
      team_legacy: { ok: true },
    });
  });

  test("whose leases can outlast the mount's token", async () => {
    const token = mount.simulator.world.grant(
      { type: "users", id: "user-12345abcde" },
      { description: "short", expiredAt: new Date(Date.now() + 3600_000) },
    );
    await mount.host.write("config", { token: token.text });
    await mount.host.write("role/long", { ...KINDS.user, max_ttl: 7200 });
    await mount.host.write("role/short", { ...KINDS.user, max_ttl: 600 });
    await mount.host.write("role/unlimited", KINDS.user);
    await mount.host.write("role/stored", KINDS.organization);
    expect((await check())?.["roles"]).toEqual({
      long: {
        ok: false,
        reason: `the mount's token expires at ${token.expiredAt?.toISOString()}, before a lease of 7200 seconds can end: write another token to config, or lower max_ttl`,
      },
      short: { ok: true },
      stored: { ok: true },
      unlimited: { ok: true },
    });
    await mount.host.write("config", { rotation_period: 1800 });
    expect(await check()).toMatchObject({ ok: true });
  });

  test("that doesn't exist, or can't be read", async () => {
    mount.host.storage.putJson("role/b", { name: 1 });
    expect(await check("a")).toMatchObject({
      ok: false,
      roles: { a: { ok: false, reason: 'there is no role "a": write role/a first' } },
    });
    expect(await check()).toMatchObject({
      ok: false,
      roles: { b: { ok: false, reason: expect.stringContaining("can't be read") } },
    });
  });

  test("where Terraform Cloud fails during the check", async () => {
    await mount.host.write("role/a", KINDS.organization);
    mount.simulator.fault = ({ path }) =>
      path.includes("organizations/") ? "redirect" : undefined;
    expect(await check()).toMatchObject({
      ok: false,
      token_owner_type: "user",
      roles: {
        a: { ok: false, reason: expect.stringContaining("redirect, which is never followed") },
      },
    });
  });
});

describe("a token that can't be used is reported, and no role is ok", () => {
  test("if there is none", async () => {
    await mount.host.request("delete", "config");
    await mount.host.write("role/a", KINDS.user);
    expect(await check()).toEqual({
      ok: false,
      error: "this mount has no Terraform Cloud token yet: write one to config",
      roles: { a: { ok: false, reason: "the mount's token can't be used: see error" } },
    });
  });

  test("if it is invalid", async () => {
    await mount.host.write("role/a", KINDS.user);
    for (const token of mount.simulator.world.tokens) mount.simulator.world.delete(token);
    expect(await check("a")).toEqual({
      ok: false,
      error: expect.stringContaining("401 unauthorized"),
      roles: { a: { ok: false, reason: "the mount's token can't be used: see error" } },
    });
  });

  test("if Terraform Cloud can't be reached", async () => {
    mount.simulator.fault = () => "redirect";
    expect(await check()).toMatchObject({ ok: false, error: expect.any(String), roles: {} });
  });
});

test("roles of the same owner are checked once", async () => {
  for (let role = 0; role < 20; role += 1)
    await mount.host.write(`role/r${role}`, KINDS.organization);
  const before = mount.simulator.requests.length;
  expect(await check()).toMatchObject({ ok: true });
  expect(mount.simulator.requests.length - before).toBe(4);
});
