import type { TtlPolicy } from "@vault-ts/terraform-cloud/simulator";
import { beforeEach, describe, expect, test } from "vitest";
import { useMount } from "../testing-fixtures/use-mount.ts";

const HOUR_MS = 3600_000;
const mount = useMount();

test("a token that has expired already is not returned", async () => {
  await mount.host.write("role/a", { user_id: "user-12345abcde", ttl: 60, max_ttl: 60 });
  mount.simulator.onRequest = ({ method, moment }) => {
    if (method === "POST" && moment === "acted")
      mount.host.clock.set(mount.host.clock.now() + 65_000);
  };
  await expect(mount.host.read("creds/a")).rejects.toMatchObject({
    code: "upstream",
    message: expect.stringContaining("check the clocks"),
  });
});

describe("with a clock of Terraform Cloud that differs from this server's", () => {
  beforeEach(async () => {
    await mount.host.write("role/a", { user_id: "user-12345abcde", ttl: 600, max_ttl: 600 });
  });

  test("a minute ahead, a lease ends with its token", async () => {
    mount.simulator.world.clockOffsetMs = 60_000;
    const { lease, warnings } = (await mount.host.request("read", "creds/a")) ?? {};
    expect(lease?.ttl).toBeGreaterThan(530);
    expect(lease?.ttl).toBeLessThanOrEqual(545);
    expect(warnings).toEqual([
      expect.stringContaining(
        "exceeds the token's expiry at Terraform Cloud; leases are capped at",
      ),
    ]);
  });

  test("an hour ahead, no expired token is returned", async () => {
    mount.simulator.world.clockOffsetMs = HOUR_MS;
    await expect(mount.host.read("creds/a")).rejects.toMatchObject({
      code: "upstream",
      message: expect.stringContaining("check the clocks of both servers"),
    });
  });

  test("an hour behind, a lease that expires late still deletes its token", async () => {
    mount.simulator.world.clockOffsetMs = -HOUR_MS;
    await mount.host.read("creds/a");
    mount.simulator.fault = () => "server error";
    await mount.host.advance(620);
    expect(mount.simulator.world.tokens).toHaveLength(2);
    mount.simulator.fault = undefined;
    await mount.host.advance(300);
    expect(mount.simulator.world.tokens).toHaveLength(1);
  });
});

test("a token that never expires is revoked with its lease, however late", async () => {
  mount.simulator.world.defaultLifetimeMs = null;
  await mount.host.write("role/a", {
    team_id: "team-TUfzPAhqQ7xbfVwR",
    credential_type: "team",
    ttl: 60,
    max_ttl: 60,
  });
  const { data, lease } = (await mount.host.request("read", "creds/a")) ?? {};
  expect(data).not.toHaveProperty("expired_at");
  expect(lease?.ttl).toBe(60);
  mount.host.clock.set(mount.host.clock.now() + HOUR_MS);
  await mount.host.revoke(lease);
  expect(mount.simulator.world.tokens).toHaveLength(1);
});

describe("an organization with a token TTL policy of an hour", () => {
  /** The token that creds return, if it works. */
  const stored = async () => {
    const creds = await mount.host.read("creds/a");
    return mount.simulator.world.authenticate(String(creds?.["token"]));
  };

  test("rejects a token with a longer lifetime, which is deleted with an error", async () => {
    mount.simulator.world.ttlPolicy = { teams: HOUR_MS };
    await mount.host.write("role/a", { team_id: "team-TUfzPAhqQ7xbfVwR", credential_type: "team" });
    await expect(mount.host.read("creds/a")).rejects.toMatchObject({
      code: "bad_request",
      message: expect.stringContaining("the organization's token TTL policy rejects this lifetime"),
    });
    expect(mount.simulator.world.tokens).toHaveLength(1);
    await mount.host.write("role/a", { max_ttl: 3500 });
    expect(mount.isAlive((await mount.host.read("creds/a"))?.["token"])).toBe(true);
  });

  test("allows a role whose max_ttl is that hour", async () => {
    const { world, requests } = mount.simulator;
    world.ttlPolicy = { teams: HOUR_MS };
    await mount.host.write("role/a", {
      team_id: "team-TUfzPAhqQ7xbfVwR",
      credential_type: "team",
      ttl: 3600,
      max_ttl: 3600,
    });
    const creations = () => requests.filter(({ method }) => method === "POST").length;
    const issue = async () => {
      const { data, lease } = (await mount.host.request("read", "creds/a")) ?? {};
      expect(world.authenticate(String(data?.["token"]))).toBeDefined();
      expect(lease?.ttl).toBeGreaterThan(3590);
    };
    await issue();
    expect(creations()).toBe(2);
    // From then on it is known.
    await issue();
    expect(creations()).toBe(3);
    // The token of the mount, and two of leases: the rejected one was deleted.
    expect(world.tokens).toHaveLength(3);
    expect(mount.uncommitted()).toEqual([]);
    // A policy may be relaxed.
    world.ttlPolicy = {};
    mount.host.clock.set(mount.host.clock.now() + HOUR_MS);
    world.clockOffsetMs = mount.host.clock.now() - Date.now();
    const { lease, warnings } = (await mount.host.request("read", "creds/a")) ?? {};
    expect(lease?.ttl).toBe(3600);
    expect(warnings).toEqual([]);
  });

  test("is remembered also where this server's clock is ahead", async () => {
    const { world, requests } = mount.simulator;
    const role = { team_id: "team-TUfzPAhqQ7xbfVwR", credential_type: "team" };
    await mount.host.write("role/a", { ...role, ttl: 3600, max_ttl: 3600 });
    world.ttlPolicy = { teams: HOUR_MS };
    mount.host.clock.set(Date.now());
    world.clockOffsetMs = -5000;
    await mount.host.read("creds/a");
    const before = requests.length;
    mount.host.clock.set(Date.now());
    await mount.host.read("creds/a");
    expect(requests.slice(before).map(({ method }) => method)).toEqual(["POST"]);
  });

  test.for<[name: string, role: Readonly<Record<string, string>>, ttlPolicy: TtlPolicy]>([
    ["an organization", { organization: "hashicorp-vault-testing" }, { organizations: HOUR_MS }],
    ["a team", { team_id: "team-TUfzPAhqQ7xbfVwR" }, { teams: HOUR_MS }],
  ])("has a stored token of %s with a lifetime that it allows", async ([, role, ttlPolicy]) => {
    mount.simulator.world.ttlPolicy = ttlPolicy;
    await mount.host.write("role/a", role);
    expect(await stored()).toMatchObject({ description: null });
    await mount.host.write("rotate-role/a");
    expect(await stored()).toMatchObject({ description: null });
    expect(mount.simulator.world.tokens).toHaveLength(2);
  });

  test("that can't be read has no stored token until it can", async () => {
    const { world, credentials } = mount.simulator;
    const member = world.grant(
      { type: "users", id: "user-V3R563qtJNcExAkN" },
      { description: "member" },
    );
    await mount.host.write("config", { token: member.text });
    await mount.host.write("role/a", { team_id: "team-TUfzPAhqQ7xbfVwR" });
    world.ttlPolicy = { teams: HOUR_MS };
    await expect(mount.host.write("rotate-role/a")).rejects.toMatchObject({ code: "bad_request" });
    await mount.host.write("config", { token: credentials.token });
    await mount.host.advance(180);
    expect(await stored()).toMatchObject({ description: null });
  });
});
