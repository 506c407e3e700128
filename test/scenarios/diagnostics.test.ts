import { expect } from "vitest";
import { newClusterMount, useCluster } from "../support/cluster.ts";
import { type Mount, newMount, request } from "../support/mount.ts";
import { scenario } from "../support/scenario.ts";
import { useServer } from "../support/use-server.ts";

const use = useServer();
const cluster = useCluster();

const organization = "hashicorp-vault-testing";
const user_id = "user-12345abcde";
const OWN = { type: "organizations", id: organization } as const;

/** Somebody else creates a token of the organization, which ends the one before. */
function replace({ simulator: { world } }: Pick<Mount, "simulator">): void {
  for (const token of world.tokens) if (token.owner.type === OWN.type) world.delete(token);
  world.grant(OWN, { description: null });
}

scenario(
  ["STATUS", "DRIFT"],
  "status shows a token's drift, and the number of live leases",
  async () => {
    await using mount = await newMount(use.server);
    await mount.configure();
    expect((await mount.list("status")).status).toBe(404);
    expect((await mount.read("status/a")).status).toBe(404);
    await mount.write("role/org", { organization });
    await mount.write("role/user", { user_id, ttl: 60 });
    const { data: creds } = await mount.read("creds/org");
    await mount.read("creds/user");
    expect((await mount.read("status/user")).data).toEqual({
      role: "user",
      credential_type: "user",
      owner_type: "user",
      owner_id: user_id,
      stored: false,
      live_leases: 1,
    });
    expect((await mount.read("status/org")).data).toMatchObject({
      token_id: creds["token_id"],
      drift: "unknown",
    });
    const { status, data } = await mount.read("status/org?refresh=true");
    expect([status, data]).toEqual([
      200,
      {
        role: "org",
        credential_type: "organization",
        owner_type: "organization",
        owner_id: organization,
        stored: true,
        token_id: creds["token_id"],
        created_at: expect.stringMatching(/Z$/),
        expired_at: expect.stringMatching(/Z$/),
        last_vault_rotation: expect.stringMatching(/Z$/),
        drift: "none",
        checked_at: expect.stringMatching(/Z$/),
      },
    ]);
    const listed = await mount.list("status");
    expect(listed.data).toMatchObject({
      keys: ["org", "user"],
      key_info: { org: data, user: { live_leases: 1 } },
    });
    expect(JSON.stringify(listed)).not.toContain(creds["token"]);

    await request(use.server, "PUT", `sys/leases/revoke-prefix/${mount.path}/creds/user`, {
      sync: true,
    });
    expect((await mount.read("status/user")).data).toMatchObject({ live_leases: 0 });
  },
);

scenario(
  ["DRIFT"],
  "a periodic check finds drift, and creds warn of an invalid token",
  async () => {
    await using mount = await newMount(use.server);
    await mount.configure({ drift_check_period: 10 });
    expect((await mount.read("config")).data["drift_check_period"]).toBe(10);
    await mount.write("role/org", { organization });
    replace(mount);
    expect((await mount.read("creds/org")).warnings).toEqual([]);
    const drift = async () => (await mount.read("status/org")).data["drift"];
    await expect.poll(drift, { timeout: 20_000, interval: 250 }).toBe("replaced");
    expect((await mount.read("creds/org")).warnings).toEqual([
      "this token was replaced at Terraform Cloud and is no longer valid: write to rotate-role/org",
    ]);
    await mount.write("rotate-role/org");
    const { data, warnings } = await mount.read("creds/org");
    expect([warnings, await mount.statusOf(data["token"])]).toEqual([[], 200]);
    expect((await mount.write("config", { drift_check_period: 9 })).status).toBe(400);
  },
);

scenario(
  ["CHECK"],
  "check reports the permissions of the mount's token, always with 200",
  async () => {
    await using mount = await newMount(use.server);
    expect(await mount.read("check")).toMatchObject({
      status: 200,
      data: {
        ok: false,
        error: "this mount has no Terraform Cloud token yet: write one to config",
      },
    });
    await mount.configure();
    await mount.write("role/org", { organization });
    await mount.write("role/user", { user_id: "user-V3R563qtJNcExAkN" });
    const reason = `this mount's token belongs to user "${user_id}": only a token of user "user-V3R563qtJNcExAkN" can create its tokens`;
    expect(await mount.read("check")).toMatchObject({
      status: 200,
      data: {
        ok: false,
        token_owner_type: "user",
        owner_id: user_id,
        token_expired_at: expect.stringMatching(/Z$/),
        roles: { org: { ok: true }, user: { ok: false, reason } },
      },
    });
    expect((await mount.read("check/org")).data).toMatchObject({
      ok: true,
      roles: { org: { ok: true } },
    });
    expect(await mount.read("check/none")).toMatchObject({ status: 200, data: { ok: false } });
    for (const token of mount.simulator.world.tokens) mount.simulator.world.delete(token);
    expect(await mount.read("check/org")).toMatchObject({
      status: 200,
      data: { ok: false, error: expect.stringContaining("401 unauthorized") },
    });
  },
);

scenario(
  ["TIDY"],
  "tidy deletes the tokens of leases that were revoked with -force, and no others",
  async () => {
    await using mount = await newMount(use.server);
    await using other = await newMount(use.server);
    await mount.configure();
    await other.write("config", {
      address: mount.simulator.address,
      token: mount.simulator.credentials.token,
    });
    const role = { agent_pool_id: mount.simulator.credentials.agentPoolId };
    await mount.write("role/short", { ...role, ttl: 1, max_ttl: 1 });
    await mount.write("role/long", role);
    await other.write("role/short", { ...role, ttl: 1, max_ttl: 1 });
    // Leases that can't be revoked, and are given up with force.
    mount.simulator.fault = ({ method }) => (method === "DELETE" ? "server error" : undefined);
    const { token_id } = (await mount.read("creds/short")).data;
    await mount.read("creds/long");
    await other.read("creds/short");
    const before = mount.simulator.world.tokens.length;
    for (const { path } of [mount, other]) {
      expect((await request(use.server, "PUT", `sys/leases/revoke-force/${path}`)).status).toBe(
        204,
      );
    }
    mount.simulator.fault = undefined;
    await new Promise((resolve) => setTimeout(resolve, 7000));

    expect((await mount.write("tidy")).data).toMatchObject({ found: 0, deleted: 0 });
    const dry = await mount.write("tidy", { min_age: 0 });
    expect(dry).toMatchObject({
      status: 200,
      data: { found: 1, deleted: 0, failed: 0, tokens: [{ id: token_id, kind: "agent" }] },
    });
    expect(mount.simulator.world.tokens).toHaveLength(before);
    expect((await mount.write("tidy", { dry_run: false, min_age: 0 })).data).toMatchObject({
      found: 1,
      deleted: 1,
    });
    expect(mount.simulator.world.tokens).toHaveLength(before - 1);
    expect(mount.simulator.world.tokens.map(({ id }) => id)).not.toContain(token_id);
  },
);

scenario(
  ["DRIFT_CLUSTER", "TIDY", "CLUSTER_SNAPSHOT"],
  "only the active node checks and tidies, and it finds the tokens that a restored snapshot orphaned",
  async () => {
    await using mount = await newClusterMount(cluster.cluster);
    const active = await cluster.cluster.active();
    const [standby] = await cluster.cluster.standbys();
    if (!standby) throw new Error("a cluster has standbys");
    await mount.done(active, "PUT", "config", { drift_check_period: 10 });
    await mount.issue(active);
    const snapshot = await active.snapshot();
    const later = await mount.issue(active);
    await mount.done(active, "PUT", "rotate-role/org");
    await active.restore(snapshot);

    const warnings = async () => (await mount.ask(standby, "GET", "creds/org")).warnings.join();
    await expect
      .poll(warnings, { timeout: 90_000, interval: 500 })
      .toContain("was replaced at Terraform Cloud");
    expect((await mount.done(standby, "GET", "status/org?refresh=true")).data).toMatchObject({
      drift: "replaced",
    });

    const { data } = await mount.done(standby, "PUT", "tidy", { dry_run: false, min_age: 0 });
    expect(data).toMatchObject({ found: 1, deleted: 1, failed: 0 });
    expect(mount.tokens()).not.toContain(later.token);
    await mount.done(active, "PUT", "rotate-role/org");
    expect(await mount.orphans(active)).toEqual([]);
  },
);
