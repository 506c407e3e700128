import { expect } from "vitest";
import { newMount, request } from "../support/mount.ts";
import { scenario } from "../support/scenario.ts";
import { useServer } from "../support/use-server.ts";

const use = useServer();

scenario(
  ["CREDS_LEASED", "CREDS_NAMES", "LEASE_EXPIRY"],
  "each read issues a new token that works, with a lease and an expiry",
  async () => {
    await using mount = await newMount(use.server);
    await mount.configure();
    await mount.write("role/user", { user_id: "user-12345abcde", ttl: "1h", max_ttl: "3h" });
    await mount.write("role/team", {
      team_id: mount.simulator.credentials.teamId,
      credential_type: "team",
      description: "for the pipeline",
      ttl: "1h",
      max_ttl: "3h",
    });

    const user = await mount.read("creds/user");
    expect(user).toMatchObject({ status: 200, leaseDuration: 3600, renewable: true, warnings: [] });
    expect(user.leaseId).toMatch(new RegExp(`^${mount.path}/creds/user/`));
    expect(Object.keys(user.data).sort()).toEqual(["role", "token", "token_id"]);

    const team = await mount.write("creds/team");
    expect(team).toMatchObject({ status: 200, leaseDuration: 3600, renewable: true });
    expect(Object.keys(team.data).sort()).toEqual([
      "description",
      "expired_at",
      "role",
      "token",
      "token_id",
    ]);
    expect(team.data["description"]).toMatch(/^for the pipeline vault-[\da-f]{8}-[\da-f]{16}$/);
    const lifetime = (Date.parse(String(team.data["expired_at"])) - Date.now()) / 1000;
    expect(lifetime).toBeGreaterThan(10_790);
    expect(lifetime).toBeLessThanOrEqual(10_805);

    const again = await mount.read("creds/team");
    expect(again.data["token"]).not.toBe(team.data["token"]);
    expect(again.data["description"]).not.toBe(team.data["description"]);
    for (const { data } of [user, team, again])
      expect(await mount.statusOf(data["token"])).toBe(200);
  },
);

scenario(
  ["CREDS_STORED", "CREDS_NAMES", "CREDS_SHARED"],
  "an organization's token is stored and shared, until its last role is deleted",
  async () => {
    await using mount = await newMount(use.server);
    await mount.configure();
    const { organization, teamId } = mount.simulator.credentials;
    await mount.write("role/a", { organization });
    const first = await mount.read("creds/a");
    expect(first).toMatchObject({ status: 200, leaseId: "" });
    expect(Object.keys(first.data).sort()).toEqual(["organization", "role", "token", "token_id"]);
    expect((await mount.read("creds/a")).data["token"]).toBe(first.data["token"]);

    await mount.write("role/b", { organization });
    await mount.write("role/a", { ttl: 60 });
    expect((await mount.read("creds/b")).data["token"]).toBe(first.data["token"]);
    expect(await mount.statusOf(first.data["token"])).toBe(200);

    await mount.delete("role/a");
    expect(await mount.statusOf(first.data["token"])).toBe(200);
    await mount.write("role/b", { organization: "", team_id: teamId });
    expect(await mount.statusOf(first.data["token"])).toBe(401);

    const legacy = await mount.read("creds/b");
    expect(Object.keys(legacy.data).sort()).toEqual(["role", "team_id", "token", "token_id"]);
    expect(await mount.statusOf(legacy.data["token"])).toBe(200);
    await mount.delete("role/b");
    expect(await mount.statusOf(legacy.data["token"])).toBe(401);
  },
);

scenario(
  ["LEASE_TTL"],
  "a lease lasts as long as role, mount and configuration all allow",
  async () => {
    await using mount = await newMount(use.server, {
      default_lease_ttl: "30m",
      max_lease_ttl: "4h",
    });
    await mount.configure();
    const durations: readonly [
      role: Record<string, unknown>,
      config: Record<string, unknown>,
      seconds: number,
    ][] = [
      [{}, {}, 1800],
      [{ ttl: "1h" }, {}, 3600],
      [{ ttl: "5h" }, {}, 14_400],
      [{ ttl: "1h", max_ttl: "1h" }, {}, 3600],
      [{ max_ttl: "10m" }, {}, 600],
      [{ ttl: "1h" }, { explicit_max_ttl: "20m" }, 1200],
    ];
    for (const [index, [role, config, seconds]] of durations.entries()) {
      await mount.write("config", { explicit_max_ttl: 0, ...config });
      await mount.write(`role/r${index}`, { user_id: "user-12345abcde", ...role });
      expect((await mount.read(`creds/r${index}`)).leaseDuration, `role ${index}`).toBe(seconds);
    }
  },
);

scenario(
  ["LEASE_RENEW"],
  "a renewal follows the current role, and is rejected without the role",
  async () => {
    await using mount = await newMount(use.server);
    await mount.configure();
    await mount.write("role/a", { user_id: "user-12345abcde", ttl: "1h", max_ttl: "10h" });
    const { leaseId } = await mount.read("creds/a");
    const renew = (increment?: string) =>
      request(use.server, "PUT", "sys/leases/renew", {
        lease_id: leaseId,
        ...(increment && { increment }),
      });

    expect((await renew()).leaseDuration).toBe(3600);
    expect((await renew("2h")).leaseDuration).toBe(7200);
    const capped = await renew("20h");
    expect(capped.leaseDuration).toBeLessThanOrEqual(36_000);
    expect(capped.leaseDuration).toBeGreaterThan(35_900);
    await mount.write("role/a", { ttl: "10m", max_ttl: "30m" });
    expect((await renew()).leaseDuration).toBe(600);
    const lowered = await renew("2h");
    expect(lowered.leaseDuration).toBeLessThanOrEqual(1800);
    await mount.delete("role/a");
    const refused = await renew();
    expect(refused.status).toBe(400);
    expect(refused.errors.join()).toContain('there is no role "a"');
  },
);

scenario(
  ["LEASE_REVOKE"],
  "a revoked lease's token is invalid; a lease whose token no longer exists can be revoked",
  async () => {
    await using mount = await newMount(use.server);
    await mount.configure();
    await mount.write("role/a", { user_id: "user-12345abcde" });
    const revoke = (lease_id: string) =>
      request(use.server, "PUT", "sys/leases/revoke", { lease_id, sync: true });

    const { leaseId, data } = await mount.read("creds/a");
    expect((await revoke(leaseId)).status).toBe(204);
    expect(await mount.statusOf(data["token"])).toBe(401);

    const gone = await mount.read("creds/a");
    const { address, credentials } = mount.simulator;
    await fetch(`${address}/api/v2/authentication-tokens/${String(gone.data["token_id"])}`, {
      method: "DELETE",
      headers: { authorization: `Bearer ${credentials.token}` },
    });
    expect(await mount.statusOf(gone.data["token"])).toBe(401);
    expect((await revoke(gone.leaseId)).status).toBe(204);
    expect(
      (await request(use.server, "PUT", "sys/leases/lookup", { lease_id: gone.leaseId })).status,
    ).toBe(400);
  },
);

scenario(["LEASE_EXPIRY"], "a token is revoked when its lease expires", async () => {
  await using mount = await newMount(use.server);
  await mount.configure();
  await mount.write("role/a", { user_id: "user-12345abcde", ttl: 6, max_ttl: 6 });
  const { data, leaseDuration } = await mount.read("creds/a");
  expect(leaseDuration).toBe(6);
  expect(await mount.statusOf(data["token"])).toBe(200);
  await expect.poll(() => mount.statusOf(data["token"])).toBe(401);
});

scenario(
  ["UPSTREAM_ERRORS"],
  "an error of Terraform Cloud is reported with its cause, without a token",
  async () => {
    await using mount = await newMount(use.server);
    await mount.configure();
    const { token } = mount.simulator.credentials;

    await mount.write("role/foreign", { user_id: mount.simulator.credentials.otherUserId });
    const foreign = await mount.read("creds/foreign");
    expect(foreign.status).toBe(400);
    expect(foreign.errors.join()).toContain("not found");

    const organization = await mount.write("role/organization", {
      organization: "no-such-organization",
    });
    expect(organization.status).toBe(400);
    expect((await mount.read("role/organization")).status).toBe(404);

    await mount.write("role/a", { user_id: "user-12345abcde" });
    await mount.simulator.close();
    const unreachable = await mount.read("creds/a");
    expect(unreachable.status).toBe(502);
    for (const { errors } of [foreign, organization, unreachable]) {
      expect(errors.join()).not.toContain(token);
      expect(errors.join()).toMatch(/creating a token for .* failed: /);
    }
  },
);
