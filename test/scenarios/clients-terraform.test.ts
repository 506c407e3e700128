import { startSimulator } from "@vault-ts/terraform-cloud/simulator";
import { expect } from "vitest";
import { type Answer, type Mount, newMount, request } from "../support/mount.ts";
import { scenario } from "../support/scenario.ts";
import { useServer } from "../support/use-server.ts";

// The requests of Terraform's provider for Vault, in its order, for its four resources of Terraform
// Cloud. What a read returns is compared with what was written: a difference is a change that
// Terraform plans at each run.

const use = useServer();

type Settings = Readonly<Record<string, unknown>>;

/** What the provider takes from an answer into its state. */
function only(names: readonly string[], { data }: Answer): Settings {
  return Object.fromEntries(names.filter((name) => name in data).map((name) => [name, data[name]]));
}

const CONFIG = ["address", "base_path", "explicit_max_ttl"];

async function expectConfig(mount: Mount, settings: Settings): Promise<void> {
  const mounts = await request(use.server, "GET", "sys/mounts");
  expect(mounts.data[`${mount.path}/`]).toMatchObject({ type: "terraform" });
  expect(only(CONFIG, await mount.read("config"))).toEqual(settings);
}

scenario(["TERRAFORM_BACKEND"], "vault_terraform_cloud_secret_backend", async () => {
  await using mount = await newMount(use.server, { default_lease_ttl: "0s", max_lease_ttl: "0s" });
  await using enterprise = await startSimulator();
  const { address, credentials } = mount.simulator;
  const created = { address, base_path: "/api/v2/", explicit_max_ttl: 7200 };
  expect((await mount.write("config", { ...created, token: credentials.token })).status).toBe(204);
  await expectConfig(mount, created);

  await mount.write("config", { explicit_max_ttl: 3600 });
  await expectConfig(mount, { ...created, explicit_max_ttl: 3600 });

  // A new address comes first, and its token in a write of its own.
  await mount.write("config", { address: enterprise.address, explicit_max_ttl: 0 });
  await mount.write("config", { token: enterprise.credentials.token });
  await expectConfig(mount, { ...created, address: enterprise.address, explicit_max_ttl: 0 });
  await mount.write("role/ci", { max_ttl: 0, ttl: 0, user_id: "user-12345abcde" });
  await mount.read("creds/ci");
  expect(enterprise.requests.at(-1)).toMatchObject({ method: "POST", status: 201 });

  // A renewed token alone keeps the address.
  const { text } = enterprise.world.grant(
    { type: "users", id: "user-12345abcde" },
    { description: "renewed" },
  );
  await mount.write("config", { token: text });
  await expectConfig(mount, { ...created, address: enterprise.address, explicit_max_ttl: 0 });

  expect((await request(use.server, "DELETE", `sys/mounts/${mount.path}`)).status).toBe(204);
  expect((await request(use.server, "GET", "sys/mounts")).data).not.toHaveProperty(
    `${mount.path}/`,
  );
});

scenario(
  ["TERRAFORM_BACKEND"],
  "a backend that was created without a token gets one in a separate write",
  async () => {
    await using mount = await newMount(use.server);
    const { address, credentials } = mount.simulator;
    expect((await mount.read("config")).status).toBe(404);
    // A slash at the end or none: both work, and stay as they were written.
    const settings = { address: `${address}/`, base_path: "/api/v2" };
    await mount.write("config", settings);
    await expectConfig(mount, { ...settings, explicit_max_ttl: 0 });
    expect((await mount.write("config", { token: credentials.token })).status).toBe(204);
    await expectConfig(mount, { ...settings, explicit_max_ttl: 0 });
  },
);

const ROTATION = [
  "rotation_schedule",
  "rotation_period",
  "rotation_window",
  "disable_automated_rotation",
];

scenario(
  ["TERRAFORM_BACKEND", "ROTATION_CONFIG"],
  "a backend's rotation fields, which the provider sends to Vault Enterprise, read as written",
  async () => {
    await using mount = await newMount(use.server);
    const { address, credentials } = mount.simulator;
    const none = {
      rotation_schedule: "",
      rotation_period: 0,
      rotation_window: 0,
      disable_automated_rotation: false,
    };
    const created = { address, base_path: "/api/v2/", explicit_max_ttl: 7200 };
    // What the provider has of them afterwards: what a read doesn't return stays as it was.
    const state = async (settings: Settings) => ({
      ...settings,
      ...only(ROTATION, await mount.read("config")),
    });
    const period = { ...none, rotation_period: 3600 };
    await mount.write("config", { ...created, ...period, token: credentials.token });
    expect(await state(period)).toEqual(period);
    await expectConfig(mount, created);

    // All four at once, whichever has changed.
    for (const settings of [
      { ...none, rotation_schedule: "0 3 * * SAT", rotation_window: 7200 },
      { ...period, disable_automated_rotation: true },
      none,
    ]) {
      expect((await mount.write("config", settings)).status).toBe(204);
      expect(await state(settings)).toEqual(settings);
      await expectConfig(mount, created);
    }
  },
);

scenario(
  ["TERRAFORM_BACKEND", "ROTATION_CONFIG", "ROTATE_ROOT"],
  "a backend that another client rotates has no changes, and the provider keeps its rotation",
  async () => {
    await using mount = await newMount(use.server);
    const { address, credentials } = mount.simulator;
    const created = { address, base_path: "/api/v2/", explicit_max_ttl: 0 };
    await mount.write("config", { ...created, token: credentials.token });
    const schedule = { rotation_schedule: "0 3 * * SAT", rotation_window: 7200 };
    await mount.write("config", schedule);
    expect((await mount.write("rotate-root")).status).toBe(200);
    await expectConfig(mount, created);

    const { token_id } = (await mount.read("config")).data;
    await mount.write("config", { explicit_max_ttl: 3600 });
    await expectConfig(mount, { ...created, explicit_max_ttl: 3600 });
    expect((await mount.read("config")).data).toMatchObject({ ...schedule, token_id });

    // A token of the provider's own takes the place of the rotated one, and is rotated as that was.
    const { id, text } = mount.simulator.world.grant(
      { type: "users", id: "user-12345abcde" },
      { description: "the provider's" },
    );
    await mount.write("config", { token: text });
    await expectConfig(mount, { ...created, explicit_max_ttl: 3600 });
    expect((await mount.read("config")).data).toMatchObject({ ...schedule, token_id: id });
  },
);

const ROLE = [
  "organization",
  "team_id",
  "user_id",
  "credential_type",
  "description",
  "ttl",
  "max_ttl",
];

scenario(["TERRAFORM_ROLE"], "vault_terraform_cloud_secret_role", async () => {
  await using mount = await newMount(use.server);
  await mount.configure();
  const organization = "hashicorp-vault-testing";
  const team_id = "team-TUfzPAhqQ7xbfVwR";
  const user_id = "user-12345abcde";
  const created: Readonly<Record<string, Settings>> = {
    user: { max_ttl: 0, ttl: 0, user_id },
    "user-type": { max_ttl: 7200, ttl: 3600, user_id, credential_type: "user" },
    organization: { max_ttl: 0, ttl: 0, organization },
    "organization-type": { max_ttl: 0, ttl: 0, organization, credential_type: "organization" },
    "organization-described": { max_ttl: 0, ttl: 0, organization, description: "for the pipeline" },
    legacy: { max_ttl: 0, ttl: 0, team_id },
    "legacy-type": { max_ttl: 0, ttl: 0, team_id, credential_type: "team_legacy" },
    "legacy-organization": { max_ttl: 0, ttl: 0, organization, team_id },
    team: {
      max_ttl: 7200,
      ttl: 0,
      team_id,
      credential_type: "team",
      description: "for the pipeline",
    },
    metrics: { max_ttl: 7200, ttl: 3600, organization, credential_type: "metrics" },
    audit: { max_ttl: 0, ttl: 0, organization, credential_type: "audit_trails" },
  };
  for (const [name, settings] of Object.entries(created)) {
    expect((await mount.write(`role/${name}`, settings)).status, name).toBe(204);
    // At once, at each refresh, and all that an import has.
    for (let run = 0; run < 2; run += 1) {
      expect(only(ROLE, await mount.read(`role/${name}`)), name).toEqual(settings);
    }
  }

  // An update names all that is set or was, with an empty text for what isn't set any more.
  const updated = { organization: "", team_id: "", user_id, max_ttl: 60, ttl: 30 };
  expect((await mount.write("role/organization", updated)).status).toBe(204);
  expect(only(ROLE, await mount.read("role/organization"))).toEqual({
    user_id,
    max_ttl: 60,
    ttl: 30,
  });

  expect((await mount.delete("role/user")).status).toBe(204);
  expect((await mount.read("role/user")).status).toBe(404);
  expect((await mount.delete("role/user")).status).toBe(204);
});

scenario(
  ["TERRAFORM_ROLE", "ROTATION_FIELDS", "ROLE_TEAM_NAME", "KIND_AGENT"],
  "what the provider's role resource doesn't know stays as another client has written it",
  async () => {
    await using mount = await newMount(use.server);
    await mount.configure();
    const organization = "hashicorp-vault-testing";
    const team_id = "team-TUfzPAhqQ7xbfVwR";
    const agent_pool_id = "apool-yoGUFz5zcRMMz53i";
    const lasting = { max_ttl: 0, ttl: 0 };
    // Settings of the provider, then another client's, and all that the provider's update sends.
    const cases: Readonly<Record<string, readonly [Settings, Settings, Settings]>> = {
      period: [
        { ...lasting, organization },
        { rotation_period: 3600 },
        { ...lasting, organization, team_id: "", user_id: "" },
      ],
      schedule: [
        { ...lasting, team_id, credential_type: "team_legacy" },
        { rotation_schedule: "0 3 * * SAT", rotation_window: 7200 },
        { ...lasting, organization: "", team_id, user_id: "", credential_type: "team_legacy" },
      ],
      audit: [
        { ...lasting, organization, credential_type: "audit_trails" },
        { rotation_period: 3600 },
        {
          ...lasting,
          organization,
          team_id: "",
          user_id: "",
          credential_type: "audit_trails",
        },
      ],
    };
    for (const [name, [settings, others, update]] of Object.entries(cases)) {
      await mount.write(`role/${name}`, settings);
      expect((await mount.write(`role/${name}`, others)).status, name).toBe(204);
      const { token_id } = (await mount.read(`creds/${name}`)).data;
      expect(only(ROLE, await mount.read(`role/${name}`)), name).toEqual(settings);
      expect((await mount.write(`role/${name}`, update)).status, name).toBe(204);
      const after = await mount.read(`role/${name}`);
      expect(only(ROLE, after), name).toEqual(settings);
      expect(after.data, name).toMatchObject(others);
      expect((await mount.read(`creds/${name}`)).data, name).toMatchObject({ token_id });
    }

    // A team's: its own id doesn't end its name, and so doesn't make it one of the legacy token.
    for (const settings of [
      { ...lasting, organization, team_id },
      { ...lasting, organization, team_id, credential_type: "team" },
    ]) {
      await mount.write("role/team", { ...settings, team_name: "developers" });
      expect(only(ROLE, await mount.read("role/team"))).toEqual(settings);
      await mount.write("role/team", { ...settings, user_id: "" });
      const after = await mount.read("role/team");
      expect(only(ROLE, after)).toEqual(settings);
      expect(after.data).toMatchObject({
        team_name: "developers",
        effective_credential_type: "team",
      });
    }

    // One of a kind that the provider doesn't know.
    await mount.write("role/agent", { agent_pool_id });
    expect(only(ROLE, await mount.read("role/agent"))).toEqual(lasting);
    const shorter = { max_ttl: 600, ttl: 60 };
    await mount.write("role/agent", { ...shorter, organization: "", team_id: "", user_id: "" });
    expect((await mount.read("role/agent")).data).toMatchObject({ ...shorter, agent_pool_id });

    // A schedule is never dropped in silence: a kind of leased tokens is 400 until it is cleared.
    const leased = { ...lasting, organization: "", team_id: "", user_id: "user-12345abcde" };
    const refused = await mount.write("role/period", leased);
    expect([refused.status, refused.errors.join()]).toEqual([
      400,
      expect.stringContaining("takes no rotation_period or rotation_schedule"),
    ]);
    expect((await mount.read("role/period")).data).toMatchObject({ rotation_period: 3600 });
    await mount.write("role/period", { rotation_period: 0 });
    expect((await mount.write("role/period", leased)).status).toBe(204);
  },
);

scenario(
  ["TERRAFORM_CREDS"],
  "vault_terraform_cloud_secret_creds, and the ephemeral vault_terraform_token",
  async () => {
    await using mount = await newMount(use.server);
    await mount.configure();
    await mount.write("role/ci", { max_ttl: 0, ttl: 0, user_id: "user-12345abcde" });
    await mount.write("role/org", { max_ttl: 0, ttl: 0, organization: "hashicorp-vault-testing" });
    const lease = (operation: string, lease_id: string) =>
      request(use.server, "PUT", `sys/leases/${operation}`, { lease_id });

    // Twice, as an ephemeral token is asked for to plan and to apply.
    for (let run = 0; run < 2; run += 1) {
      const leased = await mount.read("creds/ci");
      expect(leased.data).toEqual({
        role: "ci",
        token: expect.any(String),
        token_id: expect.stringMatching(/^at-/),
      });
      expect((await lease("lookup", leased.leaseId)).status).toBe(200);
      expect((await lease("revoke", leased.leaseId)).status).toBe(204);
      await expect.poll(() => mount.statusOf(leased.data["token"])).toBe(401);
      const gone = await lease("lookup", leased.leaseId);
      expect(gone.errors.join()).toContain("invalid lease");
    }

    const stored = await mount.read("creds/org");
    expect(stored.leaseId).toBe("");
    expect(stored.data).toMatchObject({ organization: "hashicorp-vault-testing" });
    expect((await mount.read("creds/org")).data).toEqual(stored.data);
  },
);

scenario(
  ["TERRAFORM_CREDS", "CREDS_NAMES", "KIND_AGENT", "KIND_METRICS", "KIND_AUDIT_TRAILS"],
  "creds of each further kind, and of a token that is rotated, are of the provider's types",
  async () => {
    await using mount = await newMount(use.server);
    await mount.configure();
    const organization = "hashicorp-vault-testing";
    await mount.write("role/agent", { agent_pool_id: "apool-yoGUFz5zcRMMz53i" });
    await mount.write("role/metrics", { organization, credential_type: "metrics" });
    for (const role of ["agent", "metrics"]) {
      const { data, leaseId } = await mount.read(`creds/${role}`);
      expect(data, role).toMatchObject({ token: expect.any(String), token_id: expect.any(String) });
      const lease = (operation: string) =>
        request(use.server, "PUT", `sys/leases/${operation}`, { lease_id: leaseId });
      expect((await lease("lookup")).status, role).toBe(200);
      expect((await lease("revoke")).status, role).toBe(204);
      await expect.poll(async () => (await lease("lookup")).errors.join()).toMatch("invalid lease");
    }

    await mount.write("role/audit", { organization, credential_type: "audit_trails" });
    await mount.write("role/org", { organization, rotation_period: 3600 });
    for (const role of ["audit", "org"]) {
      const state = async () =>
        only(["token", "token_id", "organization"], await mount.read(`creds/${role}`));
      const before = await state();
      expect(before, role).toEqual({
        token: expect.any(String),
        token_id: expect.any(String),
        organization,
      });
      expect(await state(), role).toEqual(before);
      // Read again at each refresh, so that the rotated token is in the next plan.
      await mount.write(`rotate-role/${role}`);
      const after = await state();
      expect(after["token_id"], role).not.toBe(before["token_id"]);
      expect(await state(), role).toEqual(after);
    }
  },
);
