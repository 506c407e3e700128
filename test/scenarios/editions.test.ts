import { expect } from "vitest";
import { type Mount, newMount, request } from "../support/mount.ts";
import { scenario } from "../support/scenario.ts";
import { selfSigned } from "../support/self-signed.ts";
import { useServer } from "../support/use-server.ts";

const use = useServer();

const teamId = "team-TUfzPAhqQ7xbfVwR";
const organization = "hashicorp-vault-testing";
const userId = "user-12345abcde";

scenario(
  ["EDITIONS"],
  "a Terraform Enterprise with a private authority and a base path of its own",
  async () => {
    const tls = await selfSigned();
    await using mount = await newMount(use.server, {}, "terraform", {
      edition: "enterprise",
      basePath: "/tfe/api/v2/",
      tls,
    });
    const { address, credentials } = mount.simulator;
    expect(address).toMatch(/^https:/);
    const { token } = credentials;
    const refused = async (data: Record<string, unknown>, says: string) => {
      const { status, errors } = await mount.write("config", { address, token, ...data });
      expect([status, errors.join()]).toEqual([400, expect.stringContaining(says)]);
      expect((await mount.read("config")).status).toBe(404);
    };
    await refused({}, "signed certificate");
    await refused({ ca_cert: tls.cert }, "404");
    await mount.configure({ ca_cert: tls.cert, base_path: "/tfe/api/v2/" });
    await mount.write("role/a", { user_id: userId, ttl: 60 });
    expect(await mount.read("creds/a")).toMatchObject({ status: 200, leaseDuration: 60 });
  },
);

scenario(
  ["EDITIONS"],
  "an old Terraform Enterprise works as far as it can, with errors for the rest",
  async () => {
    await using mount = await newMount(use.server, {}, "terraform", { edition: "old-enterprise" });
    await mount.configure();
    expect((await mount.read("config")).data).toMatchObject({
      token_owner_type: "user",
      token_id: "",
    });
    await mount.write("role/user", { user_id: userId });
    await mount.write("role/legacy", { team_id: teamId });
    await mount.write("role/team", { team_id: teamId, credential_type: "team" });
    expect(await mount.statusOf((await mount.read("creds/user")).data["token"])).toBe(200);
    expect(await mount.statusOf((await mount.read("creds/legacy")).data["token"])).toBe(200);
    expect(await mount.read("creds/team")).toMatchObject({
      status: 400,
      errors: [
        expect.stringContaining(
          "supports one token per team only: use credential_type team_legacy",
        ),
      ],
    });
  },
);

scenario(["EDITIONS"], "HCP Europe works without the API's teams", async () => {
  await using mount = await newMount(use.server, {}, "terraform", { edition: "europe" });
  await mount.configure();
  await mount.write("role/team", { team_id: teamId, credential_type: "team" });
  await mount.write("role/legacy", { team_id: teamId });
  await mount.write("role/org", { organization });
  for (const name of ["team", "legacy", "org"]) {
    expect(await mount.statusOf((await mount.read(`creds/${name}`)).data["token"])).toBe(200);
  }
  // Whether a team has no token yet can't be seen without them, and needn't be.
  const ofTeams = mount.simulator.requests.filter(({ path }) => /\/teams\/[^/]+$/.test(path));
  expect(ofTeams.map(({ method, status }) => [method, status])).toEqual([["GET", 404]]);
});

const OWNERS = [
  ["an owner's token", "users", userId, { organization }],
  ["the organization's token", "organizations", organization, {}],
] as const;

for (const [name, type, id, named] of OWNERS) {
  scenario(
    ["EDITIONS"],
    `HCP Europe: with ${name}, tokens of a team are checked, revoked, reconciled and tidied`,
    async () => {
      await using mount = await newMount(use.server, {}, "terraform", { edition: "europe" });
      const { world } = mount.simulator;
      const ofTeam = () => world.tokens.filter(({ owner }) => owner.id === teamId);
      const description = type === "users" ? "mount" : null;
      await mount.configure({ token: world.grant({ type, id }, { description }).text });
      await mount.write("role/team", { team_id: teamId, credential_type: "team", ...named });

      mount.simulator.fault = cutOnce();
      const issued = await mount.read("creds/team");
      mount.simulator.fault = undefined;
      expect(ofTeam().map(({ text }) => text)).toEqual([issued.data["token"]]);
      expect((await mount.read("check/team")).data).toMatchObject({ ok: true });
      expect((await mount.write("tidy")).data["searched"]).toEqual([`team/${teamId}`]);

      await mount.write("role/legacy", { team_id: teamId, ...named });
      await mount.read("creds/legacy");
      for (const token of ofTeam()) world.delete(token);
      const revoked = await request(use.server, "PUT", "sys/leases/revoke", {
        lease_id: issued.leaseId,
        sync: true,
      });
      expect(revoked.status).toBe(204);
      const { data } = await mount.read("status/legacy?refresh=true");
      expect(data).toMatchObject({ drift: "deleted" });

      await mount.read("creds/team");
      for (const token of ofTeam()) world.delete(token);
      expect((await request(use.server, "DELETE", `sys/mounts/${mount.path}`)).status).toBe(204);
    },
  );
}

/** The response to the first creation gets lost. */
function cutOnce(): Mount["simulator"]["fault"] {
  let isCut = false;
  return ({ method }) => {
    if (method !== "POST" || isCut) return undefined;
    isCut = true;
    return "cut after";
  };
}
