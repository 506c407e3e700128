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
