import { expect } from "vitest";
import { type Mount, newMount, request } from "../support/mount.ts";
import { scenario } from "../support/scenario.ts";
import { useServer } from "../support/use-server.ts";

const use = useServer();

const organization = "hashicorp-vault-testing";
const agent_pool_id = "apool-yoGUFz5zcRMMz53i";

const METRICS = { organization, credential_type: "metrics" } as const;
const AUDIT_TRAILS = { organization, credential_type: "audit_trails" } as const;

const isThere = ({ simulator }: Mount, token: unknown) =>
  simulator.world.tokens.some(({ text }) => text === token);

const revoke = (lease_id: string) =>
  request(use.server, "PUT", "sys/leases/revoke", { lease_id, sync: true });

scenario(
  ["KIND_AGENT", "CREDS_NAMES"],
  "a token of an agent pool is revoked with its lease",
  async () => {
    await using mount = await newMount(use.server);
    await mount.configure();
    await mount.write("role/a", { agent_pool_id, description: "for the agents", ttl: 60 });
    expect((await mount.read("role/a")).data).toEqual({
      name: "a",
      agent_pool_id,
      effective_credential_type: "agent",
      description: "for the agents",
      ttl: 60,
      max_ttl: 0,
    });
    const { status, data, leaseId, leaseDuration, renewable } = await mount.read("creds/a");
    expect({ status, leaseDuration, renewable }).toEqual({
      status: 200,
      leaseDuration: 60,
      renewable: true,
    });
    expect(Object.keys(data).sort()).toEqual(["description", "role", "token", "token_id"]);
    expect(data["description"]).toMatch(/^for the agents vault-[\da-f]{8}-[\da-f]{16}$/);
    expect(isThere(mount, data["token"])).toBe(true);
    expect((await revoke(leaseId)).status).toBe(204);
    expect(isThere(mount, data["token"])).toBe(false);
  },
);

scenario(
  ["KIND_METRICS", "CREDS_NAMES"],
  "a metrics token is revoked with its lease, and the organization's token TTL policy applies",
  async () => {
    await using mount = await newMount(use.server);
    await mount.configure();
    await mount.write("role/a", { ...METRICS, ttl: 60, max_ttl: 600 });
    const { data, leaseId, leaseDuration } = await mount.read("creds/a");
    expect(leaseDuration).toBe(60);
    expect(Object.keys(data).sort()).toEqual([
      "description",
      "expired_at",
      "role",
      "token",
      "token_id",
    ]);
    expect(isThere(mount, data["token"])).toBe(true);
    expect((await revoke(leaseId)).status).toBe(204);
    expect(isThere(mount, data["token"])).toBe(false);

    const { world } = mount.simulator;
    world.ttlPolicy = { metrics: 300_000 };
    const before = world.tokens.length;
    expect(await mount.read("creds/a")).toMatchObject({
      status: 400,
      errors: [
        "the organization's token TTL policy rejects this lifetime: lower max_ttl or explicit_max_ttl",
      ],
    });
    expect(world.tokens.length).toBe(before);
  },
);

scenario(
  ["KIND_AUDIT_TRAILS", "CREDS_NAMES"],
  "the audit trails token and the organization's own are stored, rotated and deleted separately",
  async () => {
    await using mount = await newMount(use.server);
    await mount.configure();
    await mount.write("role/own", { organization });
    expect((await mount.write("role/audit", AUDIT_TRAILS)).status).toBe(204);
    const own = await mount.read("creds/own");
    const audit = await mount.read("creds/audit");
    expect(audit).toMatchObject({ status: 200, leaseId: "" });
    expect(Object.keys(audit.data).sort()).toEqual(["organization", "role", "token", "token_id"]);
    expect(audit.data["token"]).not.toBe(own.data["token"]);
    expect((await mount.write("rotate-role/audit")).status).toBe(204);
    const rotated = await mount.read("creds/audit");
    expect([isThere(mount, audit.data["token"]), isThere(mount, rotated.data["token"])]).toEqual([
      false,
      true,
    ]);
    await mount.delete("role/audit");
    expect(isThere(mount, rotated.data["token"])).toBe(false);
    expect((await mount.read("creds/own")).data).toEqual(own.data);
    expect(await mount.statusOf(own.data["token"])).toBe(200);
  },
);

scenario(
  ["KIND_AUDIT_TRAILS", "KIND_METRICS", "KIND_BY_EDITION"],
  "metrics and audit trails tokens are 400 on Terraform Enterprise, which keeps its tokens",
  async () => {
    for (const [edition, says] of [
      ["enterprise", "this server identifies itself as Terraform Enterprise, not as HCP Terraform"],
      ["old-enterprise", "this server doesn't identify itself as HCP Terraform"],
    ] as const) {
      await using mount = await newMount(use.server, {}, "terraform", { edition });
      await mount.configure();
      await mount.write("role/own", { organization });
      const own = await mount.read("creds/own");
      expect(await mount.write("role/audit", AUDIT_TRAILS)).toMatchObject({
        status: 400,
        errors: [expect.stringContaining(says)],
      });
      expect((await mount.read("role/audit")).status).toBe(404);
      await mount.write("role/metrics", METRICS);
      expect(await mount.read("creds/metrics")).toMatchObject({
        status: 400,
        errors: [expect.stringContaining("only HCP Terraform has metrics tokens")],
      });
      await mount.write("role/agent", { agent_pool_id });
      expect((await mount.read("creds/agent")).status).toBe(200);
      expect(await mount.statusOf(own.data["token"])).toBe(200);
      expect((await mount.read("creds/own")).data).toEqual(own.data);
    }
  },
);

scenario(
  ["KIND_BY_EDITION"],
  "without its entitlement a kind is rejected, and the error names it",
  async () => {
    await using mount = await newMount(use.server);
    await mount.configure();
    mount.simulator.world.missing.add("agents").add("audit-logging");
    await mount.write("role/agent", { agent_pool_id });
    for (const [answer, entitlement] of [
      [await mount.read("creds/agent"), "agents"],
      [await mount.write("role/audit", AUDIT_TRAILS), "audit-logging"],
    ] as const) {
      expect(answer).toMatchObject({
        status: 400,
        errors: [expect.stringContaining(`lacks the ${entitlement} entitlement`)],
      });
    }
  },
);

scenario(
  ["TTL_POLICY"],
  "a token that the organization's policy rejects is not returned, and does not remain",
  async () => {
    await using mount = await newMount(use.server);
    await mount.configure();
    const { world, credentials } = mount.simulator;
    const MINUTE_MS = 60_000;
    world.ttlPolicy = {
      teams: 5 * MINUTE_MS,
      organizations: 60 * MINUTE_MS,
      "audit-trails": 60 * MINUTE_MS,
    };
    const team = { team_id: credentials.teamId, credential_type: "team" };
    await mount.write("role/team", { ...team, ttl: 60, max_ttl: 600 });
    const before = world.tokens.length;
    expect(await mount.read("creds/team")).toMatchObject({
      status: 400,
      errors: [
        "the organization's token TTL policy rejects this lifetime: lower max_ttl or explicit_max_ttl",
      ],
    });
    expect(world.tokens.length).toBe(before);
    await mount.write("role/team", { max_ttl: 200 });
    const { data } = await mount.read("creds/team");
    expect(await mount.statusOf(data["token"])).toBe(200);

    for (const role of [{ organization }, AUDIT_TRAILS]) {
      expect(await mount.write("role/stored", role)).toMatchObject({ status: 204 });
      const { token_id } = (await mount.read("creds/stored")).data;
      const created = world.tokens.find(({ id }) => id === token_id);
      expect(created && world.isRejected(created)).toBe(false);
      expect(created?.expiredAt?.getTime()).toBeLessThanOrEqual(world.now + 60 * MINUTE_MS);
    }
  },
);

scenario(["KINDS"], "help, OpenAPI and status know each kind and its fields", async () => {
  await using mount = await newMount(use.server);
  await mount.configure();
  const { teamId: team_id } = mount.simulator.credentials;
  const roles = {
    user: { user_id: "user-12345abcde" },
    organization: { organization },
    team_legacy: { team_id },
    team: { team_id, credential_type: "team" },
    agent: { agent_pool_id },
    metrics: METRICS,
    audit_trails: AUDIT_TRAILS,
  };
  const help = async (path: string) =>
    (await use.server.request("GET", `${mount.path}/${path}?help=1`)).body;
  const documents = JSON.stringify([await help("role/a"), await help("creds/a")]);
  const status = async (name: string) => (await mount.read(`status/${name}`)).data;
  for (const [kind, role] of Object.entries(roles)) {
    expect((await mount.write(`role/${kind}`, role)).status).toBe(204);
    expect((await mount.read(`role/${kind}`)).data).toMatchObject({
      ...role,
      effective_credential_type: kind,
    });
    expect(await status(kind)).toMatchObject({
      credential_type: kind,
      stored: ["organization", "team_legacy", "audit_trails"].includes(kind),
    });
    for (const word of [kind, ...Object.keys(role)]) expect(documents).toContain(word);
  }
});

scenario(
  ["CREDS_TTL"],
  "a lease lasts as long as its request asks for, within the limits",
  async () => {
    await using mount = await newMount(use.server);
    await mount.configure();
    await mount.write("role/a", { user_id: "user-12345abcde", ttl: 60, max_ttl: 600 });
    await mount.write("role/stored", { organization });
    expect(await mount.read("creds/a?ttl=5m")).toMatchObject({ leaseDuration: 300, warnings: [] });
    expect(await mount.write("creds/a", { ttl: 30 })).toMatchObject({
      leaseDuration: 30,
      warnings: [],
    });
    expect((await mount.read("creds/a?ttl=0")).leaseDuration).toBe(60);
    const capped = await mount.read("creds/a?ttl=1h");
    expect(capped).toMatchObject({
      leaseDuration: 600,
      warnings: ["ttl 3600s exceeds the role's max_ttl; capped at 600s"],
    });
    expect(await mount.read("creds/stored?ttl=60")).toMatchObject({
      status: 400,
      errors: [
        'role "stored" is of type organization, whose stored token has no lease: leave out ttl',
      ],
    });
    expect((await mount.read("creds/a?ttl=-1")).status).toBe(400);

    const renewed = await request(use.server, "PUT", "sys/leases/renew", {
      lease_id: (await mount.read("creds/a?ttl=5m")).leaseId,
    });
    expect(renewed.leaseDuration).toBe(300);
  },
);

scenario(["ROLE_TEAM_NAME"], "a role names its team by organization and name", async () => {
  await using mount = await newMount(use.server);
  await mount.configure();
  const { teamId, ownersTeamId } = mount.simulator.credentials;
  const read = async () => {
    const { data } = await mount.read("role/a");
    return [data["team_id"], data["team_name"], data["effective_credential_type"]];
  };
  await mount.write("role/a", { organization, team_name: "developers" });
  expect(await read()).toEqual([teamId, "developers", "team"]);
  expect(await mount.statusOf((await mount.read("creds/a")).data["token"])).toBe(200);
  await mount.write("role/a", { team_name: "owners" });
  expect(await read()).toEqual([ownersTeamId, "owners", "team"]);
  await mount.write("role/a", { team_id: teamId, credential_type: "team" });
  expect(await read()).toEqual([teamId, undefined, "team"]);
  expect(await mount.write("role/a", { team_name: "nobody" })).toMatchObject({
    status: 400,
    errors: [expect.stringContaining('finding team "nobody"')],
  });
  expect(await read()).toEqual([teamId, undefined, "team"]);

  mount.simulator.edition = "europe";
  expect(await mount.write("role/b", { organization, team_name: "developers" })).toMatchObject({
    status: 400,
    errors: [expect.stringContaining("this Terraform Cloud has no list of teams, like HCP Europe")],
  });
});
