import { DEFAULT_SEED, startSimulator } from "@vault-ts/terraform-cloud/simulator";
import { startTestHost } from "@vault-ts/vault-plugin/testing";
import { beforeEach, describe, expect, test } from "vitest";
import { createBackend } from "../backend.ts";
import { useMount } from "../testing-fixtures/use-mount.ts";

const mount = useMount();
const organization = "hashicorp-vault-testing";
const team_id = "team-TUfzPAhqQ7xbfVwR";
const TEAM = { type: "teams", id: team_id } as const;

/** Whose token the mount has. */
const OWNERS = {
  "an owner": undefined,
  "the owners team": { type: "teams", id: "team-4q2Xt8vMYVbdJNGk" },
  "the organization": { type: "organizations", id: organization },
} as const;

const CASES = Object.keys(OWNERS).flatMap((name) =>
  [{}, { organization }].map((role) => [name as keyof typeof OWNERS, role] as const),
);

const world = () => mount.simulator.world;
const ofTeam = () => world().tokens.filter(({ owner }) => owner.id === team_id);
const deleteByHand = () => {
  for (const token of ofTeam()) world().delete(token);
};

/** Gives the mount a token of somebody. */
async function configure(owner: (typeof OWNERS)[keyof typeof OWNERS]): Promise<void> {
  if (owner === undefined) return;
  const { text } = world().grant(owner, { description: null });
  await mount.host.write("config", { token: text });
}

/** Issues a token for a role. */
async function issue(role: object) {
  await mount.host.write("role/a", { team_id, credential_type: "team", ...role });
  return await mount.host.request("read", "creds/a");
}

const paths = () => mount.simulator.requests.map(({ method, path }) => `${method} ${path}`);

describe("where Terraform Cloud shows no team", () => {
  beforeEach(() => {
    mount.simulator.edition = "europe";
  });

  describe.for(CASES)("the token of %s, with %o in the role", ([name, role]) => {
    beforeEach(() => configure(OWNERS[name]));

    test("is ok for a role that it issues tokens for", async () => {
      await issue(role);
      expect(await mount.host.read("check/a")).toMatchObject({
        ok: true,
        roles: { a: { ok: true } },
      });
    });

    test("revokes a lease whose token is gone, while the team has another token", async () => {
      const issued = await issue(role);
      deleteByHand();
      world().grant(TEAM, { description: "by hand" });
      await mount.host.revoke(issued?.lease);
      expect(ofTeam()).toHaveLength(1);
    });

    test("deletes a token whose creation got no response, at once", async () => {
      mount.loseAnswers(1);
      const issued = await issue(role);
      expect(ofTeam().map(({ text }) => text)).toEqual([issued?.data?.["token"]]);
      expect(mount.uncommitted()).toEqual([]);
    });

    test("tidies the tokens of the team", async () => {
      await issue(role);
      mount.host.clock.set(mount.host.clock.now() + 5000);
      world().clockOffsetMs += 5000;
      const snapshot = mount.host.snapshot();
      const orphan = (await mount.host.read("creds/a"))?.["token_id"];
      await mount.host.restore(snapshot);
      expect(await mount.host.write("tidy", { dry_run: false, min_age: 0 })).toMatchObject({
        data: { searched: [`team/${team_id}`], deleted: 1, tokens: [{ id: orphan }] },
        warnings: [],
      });
      expect(ofTeam()).toHaveLength(1);
    });
  });

  test.for(CASES.filter(([name, role]) => name === "the organization" || "organization" in role))(
    "the token of %s, with %o in the role, tidies and revokes a lease whose token was the team's last",
    async ([name, role]) => {
      await configure(OWNERS[name]);
      const issued = await issue(role);
      deleteByHand();
      expect(await mount.host.write("tidy")).toMatchObject({
        data: { searched: [`team/${team_id}`] },
        warnings: [],
      });
      await mount.host.revoke(issued?.lease);
      expect(mount.host.storage.keys().filter((key) => key.startsWith("lease/"))).toEqual([]);
    },
  );

  test("a lease of the team's last token is revoked once its role names the organization", async () => {
    const issued = await issue({});
    deleteByHand();
    await expect(mount.host.revoke(issued?.lease)).rejects.toMatchObject({
      code: "bad_request",
      message: expect.stringContaining("lacks permission to see"),
    });
    await mount.host.write("role/a", { organization });
    await mount.host.revoke(issued?.lease);
  });

  test("a creation of unknown outcome is reconciled once its role names the organization", async () => {
    mount.simulator.fault = ({ method }) => (method === "POST" ? "cut before" : undefined);
    await expect(issue({})).rejects.toMatchObject({ code: "upstream" });
    mount.simulator.fault = undefined;
    await mount.host.advance(1200);
    expect(mount.uncommitted()).toHaveLength(2);
    expect(mount.host.logs.at(-1)).toContain("set organization in the role");
    await mount.host.write("role/a", { organization });
    await mount.host.advance(60);
    expect(mount.uncommitted()).toEqual([]);
  });

  test.for(CASES.filter(([name, role]) => name === "the organization" || "organization" in role))(
    "the token of %s, with %o in the role, shows that a legacy token was deleted",
    async ([name, role]) => {
      await configure(OWNERS[name]);
      await mount.host.write("role/a", { team_id, credential_type: "team_legacy", ...role });
      await mount.host.read("creds/a");
      deleteByHand();
      const { data } = (await mount.host.request("read", "status/a", { refresh: true })) ?? {};
      expect(data).toMatchObject({ drift: "deleted" });
    },
  );

  test("roles of a legacy token that name different organizations prove nothing", async () => {
    await mount.host.write("role/a", { team_id, organization });
    await mount.host.read("creds/a");
    deleteByHand();
    await mount.host.write("role/b", { team_id, organization: "another" });
    const { data } = (await mount.host.request("read", "status/a", { refresh: true })) ?? {};
    expect(data).toMatchObject({ drift: "unknown" });
  });

  test("a member of the organization who isn't its owner proves nothing", async () => {
    const issued = await issue({ organization });
    deleteByHand();
    world().grant(TEAM, { description: "by hand" });
    const member = world().grant(
      { type: "users", id: "user-V3R563qtJNcExAkN" },
      { description: "member" },
    );
    await mount.host.write("config", { token: member.text });
    await expect(mount.host.revoke(issued?.lease)).rejects.toMatchObject({
      code: "bad_request",
      message: expect.stringContaining("lacks permission to see"),
    });
  });

  test("a role that names another organization than that of the team's tokens is refused", async () => {
    world().grant(TEAM, { description: "by hand" });
    await expect(
      mount.host.write("role/a", { team_id, credential_type: "team", organization: "another" }),
    ).rejects.toMatchObject({
      code: "bad_request",
      message: `team "${team_id}" doesn't belong to organization "another": correct organization, or leave it out`,
    });
  });

  test.for([{}, { organization: "another" }])(
    "the token of another organization proves nothing, with %o in the role",
    async (role) => {
      await using simulator = await startSimulator({
        seed: { ...DEFAULT_SEED, organizations: [organization, "another"] },
      });
      simulator.edition = "europe";
      const tokenOf = (id: string) =>
        simulator.world.grant({ type: "organizations", id }, { description: null }).text;
      const host = await startTestHost(createBackend);
      await host.write("config", { address: simulator.address, token: tokenOf(organization) });
      await host.write("role/a", { team_id, credential_type: "team", ...role });
      const issued = await host.request("read", "creds/a");
      await host.write("config", { token: tokenOf("another") });
      await expect(host.revoke(issued?.lease)).rejects.toMatchObject({
        code: "bad_request",
        message: expect.stringContaining("lacks permission to see"),
      });
    },
  );
});

describe("where Terraform Cloud shows teams", () => {
  test("the proof that a token is gone is one call", async () => {
    const issued = await issue({});
    const before = paths().length;
    deleteByHand();
    await mount.host.revoke(issued?.lease);
    expect(paths().slice(before)).toEqual([
      `DELETE /api/v2/authentication-tokens/${issued?.data?.["token_id"]}`,
      `GET /api/v2/teams/${team_id}`,
    ]);
  });

  test("an owner of the role's organization proves nothing of a team that isn't shown", async () => {
    const issued = await issue({ organization });
    const { internal } = issued?.lease ?? {};
    const owner = { ...(internal?.["owner"] as object), team_id: "team-none" };
    deleteByHand();
    await expect(
      mount.host.revoke(issued?.lease && { ...issued.lease, internal: { ...internal, owner } }),
    ).rejects.toMatchObject({ message: expect.stringContaining("lacks permission to see") });
  });
});
