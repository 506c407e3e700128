import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { findGoPlugin, PLUGIN_FILE } from "@vault-ts/dev";
import { findServer, type Server, startRaftServer } from "@vault-ts/openbao";
import { expect } from "vitest";
import { NO_GO_PLUGIN } from "../support/go-plugin.ts";
import { type Mount, newMount, request } from "../support/mount.ts";
import { takeOverRecording } from "../support/recorded-mount.ts";
import { scenario } from "../support/scenario.ts";

const userId = "user-12345abcde";
const teamId = "team-TUfzPAhqQ7xbfVwR";
const organization = "hashicorp-vault-testing";

scenario(["DROP_IN"], "a recorded mount of HashiCorp's engine is taken over", takeOverRecording);

scenario(
  ["DROP_IN"],
  "a mount of HashiCorp's engine is taken over in use, and all tokens remain valid",
  ({ skip }) => withGoMount(skip, takeOverInUse),
);

/** A mount that HashiCorp's engine serves. */
interface GoMount {
  readonly server: Server;
  readonly mount: Mount;
  /** Writes what has to succeed. */
  write(path: string, data?: Record<string, unknown>): Promise<void>;
  /** This plugin serves the mount from now on, as docs/migration.md tells it. */
  takeOver(): Promise<void>;
}

async function withGoMount(
  skip: (reason: string) => void,
  run: (mount: GoMount) => Promise<void>,
): Promise<void> {
  const goPlugin = await findGoPlugin();
  if (goPlugin === undefined) return skip(NO_GO_PLUGIN);
  await using server = await startRaftServer({
    binary: await findServer(),
    plugins: [
      { name: "terraform", file: goPlugin },
      { name: "ours", file: PLUGIN_FILE },
    ],
  });
  await using mount = await newMount(server);
  await mount.configure();
  const write = async (path: string, data?: Record<string, unknown>) => {
    const { status, errors } = await mount.write(path, data);
    if (status >= 300) throw new Error(`${path}: ${errors.join()}`);
  };
  await run({ server, mount, write, takeOver: () => takeOver(server, mount) });
}

async function takeOver(server: Server, mount: Mount): Promise<void> {
  const sha256 = createHash("sha256")
    .update(await readFile(PLUGIN_FILE))
    .digest("hex");
  const version = "v0.2.0";
  const catalog = await request(server, "POST", "sys/plugins/catalog/secret/terraform", {
    command: "ours",
    sha256,
    version,
  });
  expect(catalog.errors).toEqual([]);
  await request(server, "POST", `sys/mounts/${mount.path}/tune`, { plugin_version: version });
  await request(server, "PUT", "sys/plugins/reload/backend", { plugin: "terraform" });
  const mounts = await request(server, "GET", `sys/mounts/${mount.path}`);
  expect(mounts.data["running_plugin_version"]).toBe(version);
}

async function takeOverInUse({ server, mount, write, takeOver }: GoMount): Promise<void> {
  const { simulator } = mount;

  // What an operator has with HashiCorp's engine: roles of all kinds, one rotated, leases that are
  // alive.
  await write("role/user", { user_id: userId, ttl: "10m", max_ttl: "1h" });
  await write("role/team", {
    team_id: teamId,
    credential_type: "team",
    description: "ci",
    ttl: 600,
  });
  await write("role/org", { organization });
  await write("role/legacy", { team_id: teamId, credential_type: "team_legacy" });
  await write("rotate-role/org");
  const [user, team, renewed] = [
    await mount.read("creds/user"),
    await mount.read("creds/team"),
    await mount.read("creds/user"),
  ];
  const [org, legacy] = [await mount.read("creds/org"), await mount.read("creds/legacy")];
  const living = [user, team, renewed, org, legacy].map(({ data }) => data["token"]);
  for (const token of living) expect(await mount.statusOf(token)).toBe(200);
  const made = simulator.world.tokens.length;

  await takeOver();
  expect((await mount.read("config")).data).toMatchObject({
    address: simulator.address,
    base_path: "/api/v2/",
  });
  expect((await mount.read("role/user")).data).toMatchObject({
    name: "user",
    user_id: userId,
    ttl: 600,
    max_ttl: 3600,
  });
  expect((await mount.read("role/team")).data).toMatchObject({
    description: "ci",
    effective_credential_type: "team",
  });
  expect((await mount.list("role")).data["keys"]).toEqual(["legacy", "org", "team", "user"]);

  // The same tokens as before, and no new ones.
  expect((await mount.read("creds/org")).data["token"]).toBe(org.data["token"]);
  expect((await mount.read("creds/legacy")).data["token"]).toBe(legacy.data["token"]);
  expect(simulator.world.tokens.length).toBe(made);
  for (const token of living) expect(await mount.statusOf(token)).toBe(200);

  // Leases go on, and end.
  const renewal = await request(server, "PUT", "sys/leases/renew", {
    lease_id: renewed.leaseId,
    increment: 300,
  });
  expect(renewal).toMatchObject({ status: 200, leaseDuration: 300 });
  for (const { leaseId, data } of [user, team, renewed]) {
    const revoked = await request(server, "PUT", "sys/leases/revoke", {
      lease_id: leaseId,
      sync: true,
    });
    expect([revoked.status, revoked.errors]).toEqual([204, []]);
    expect(await mount.statusOf(data["token"])).toBe(401);
  }

  // Everything else works on.
  const fresh = await mount.read("creds/user");
  expect(fresh).toMatchObject({ status: 200, leaseDuration: 600 });
  await write("role/org", {});
  expect((await mount.read("creds/org")).data["token"]).toBe(org.data["token"]);
  await write("rotate-role/org");
  const rotated = (await mount.read("creds/org")).data;
  expect(await mount.statusOf(rotated["token"])).toBe(200);
  expect(await mount.statusOf(org.data["token"])).toBe(401);
  expect((await mount.delete("role/legacy")).status).toBe(204);
  expect(await mount.statusOf(legacy.data["token"])).toBe(401);
  expect((await request(server, "DELETE", `sys/mounts/${mount.path}`)).status).toBe(204);
  expect(await mount.statusOf(fresh.data["token"])).toBe(401);
}

scenario(
  ["DROP_IN", "ROLE_RULES"],
  "a role of HashiCorp's engine with organization, team_id and lease settings can be updated",
  ({ skip }) => withGoMount(skip, updateTeamOfOrganization),
);

async function updateTeamOfOrganization({ mount, write, takeOver }: GoMount): Promise<void> {
  const both = { organization, team_id: teamId };
  const settings = { ...both, ttl: 60, max_ttl: 120, description: "d" };
  const typed = { ...settings, credential_type: "organization" };
  await write("role/ot", settings);
  await write("role/typed", typed);
  const { token } = (await mount.read("creds/typed")).data;
  await takeOver();
  const ignored = [expect.stringMatching(/^ttl, max_ttl and description have no effect: /)];
  for (const [role, update] of [
    ["ot", settings],
    ["ot", { ttl: 90 }],
    ["typed", typed],
    ["new", typed],
  ] as const) {
    expect(await mount.write(`role/${role}`, update), role).toMatchObject({
      status: 200,
      warnings: ignored,
    });
  }
  expect((await mount.read("role/ot")).data).toMatchObject({ ...settings, ttl: 90 });
  await write("role/ot", { ttl: 0, max_ttl: 0, description: "" });
  for (const role of ["ot", "typed", "new"]) {
    expect((await mount.read(`creds/${role}`)).data, role).toMatchObject({ token });
  }
}

scenario(
  ["DROP_IN", "TERRAFORM_ROLE"],
  "reads of HashiCorp's roles return the Terraform provider the same after the takeover",
  ({ skip }) => withGoMount(skip, readRoles),
);

async function readRoles({ mount, write, takeOver }: GoMount): Promise<void> {
  const roles = {
    organization: { organization },
    "organization-type": { organization, credential_type: "organization" },
    user: { user_id: userId },
    "user-type": { user_id: userId, credential_type: "user" },
    legacy: { team_id: teamId },
    "legacy-type": { team_id: teamId, credential_type: "team_legacy" },
    team: { team_id: teamId, credential_type: "team", description: "ci", ttl: 60 },
  };
  const names = Object.keys(roles);
  const readAll = async () =>
    Promise.all(
      names.map(async (name) => {
        const { effective_credential_type: _ours, ...data } = (await mount.read(`role/${name}`))
          .data;
        return data;
      }),
    );
  for (const [name, settings] of Object.entries(roles)) await write(`role/${name}`, settings);
  const before = await readAll();
  // It never returns the type of an organization's role. So the provider keeps what it has.
  expect(before.slice(0, 2).map((data) => data["credential_type"])).toEqual([undefined, undefined]);
  await takeOver();
  expect(await readAll()).toEqual(before);

  // The type of an organization's role is returned once it is written.
  for (const name of names) await write(`role/${name}`);
  expect(await readAll()).toEqual(before);
  await write("role/organization-type", roles["organization-type"]);
  const types = (await readAll()).map((data) => data["credential_type"]);
  expect(types).toEqual([
    undefined,
    "organization",
    "user",
    "user",
    "team_legacy",
    "team_legacy",
    "team",
  ]);
}

scenario(
  ["DROP_IN", "ROLE_TYPE"],
  "a role of HashiCorp's engine whose type contradicts its owner returns tokens of the owner",
  ({ skip }) => withGoMount(skip, useContradictoryRoles),
);

async function useContradictoryRoles({ mount, write, takeOver }: GoMount): Promise<void> {
  const [user, team, ofOrganization] = [
    { user_id: userId },
    { team_id: teamId },
    { organization },
  ] as const;
  const types = ["user", "organization", "team", "team_legacy"] as const;
  const written = [
    ...types.map((type) => [`user-${type}`, "users", userId, user, type] as const),
    ...types.map((type) => [`team-${type}`, "teams", teamId, team, type] as const),
    ...types.map(
      (type) =>
        [`organization-${type}`, "organizations", organization, ofOrganization, type] as const,
    ),
    ["both-user", "teams", teamId, { ...team, ...ofOrganization }, "user"] as const,
  ];
  const ownerOf = async (name: string) => {
    const { data, errors } = await mount.read(`creds/${name}`);
    expect(errors, name).toEqual([]);
    return mount.simulator.world.tokens.find(({ text }) => text === data["token"])?.owner;
  };
  for (const [name, type, id, settings, credential_type] of written) {
    await write(`role/${name}`, { ...settings, credential_type });
    expect(await ownerOf(name), name).toEqual({ type, id });
  }
  await takeOver();
  for (const [name, type, id] of written) {
    expect(await ownerOf(name), name).toEqual({ type, id });
    expect((await mount.read(`status/${name}`)).data, name).toMatchObject({ owner_id: id });
  }
  expect((await mount.read("check")).data).toMatchObject({ ok: true });
}

scenario(
  ["DROP_IN", "CONFIG_ADDRESS"],
  "a mount of HashiCorp's engine with an unusual address and base_path is taken over in use",
  ({ skip }) => withGoMount(skip, useUnusualConnection),
);

async function useUnusualConnection({ server, mount, write, takeOver }: GoMount): Promise<void> {
  const { address: host, credentials } = mount.simulator;
  const address = `${host}/app`;
  const base_path = "api/v2/";
  await mount.configure({ address, base_path });
  await write("role/user", { user_id: userId });
  await write("role/org", { organization });
  const leased = await mount.read("creds/user");
  const { token } = (await mount.read("creds/org")).data;
  expect(leased.status).toBe(200);
  await takeOver();

  const shown = { address, base_path };
  expect((await mount.read("config")).data).toMatchObject(shown);
  expect((await mount.read("check")).data).toMatchObject({ ok: true });
  expect((await mount.read("creds/user")).status).toBe(200);
  expect((await mount.read("creds/org")).data).toMatchObject({ token });
  const revoked = await request(server, "PUT", "sys/leases/revoke", {
    lease_id: leased.leaseId,
    sync: true,
  });
  expect(revoked.status).toBe(204);
  expect(await mount.statusOf(leased.data["token"])).toBe(401);
  await write("config", { token: credentials.token });
  expect((await mount.read("config")).data).toMatchObject(shown);
  // Another spelling of the same connection: no token is needed, and the stored one is kept.
  const plain = { address: host, base_path: "/api/v2/" };
  expect((await mount.write("config", plain)).warnings).toEqual([]);
  expect((await mount.read("config")).data).toMatchObject(plain);
  expect((await mount.read("creds/org")).data).toMatchObject({ token });
}
