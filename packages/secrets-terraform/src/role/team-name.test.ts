import { DEFAULT_SEED, startSimulator } from "@vault-ts/terraform-cloud/simulator";
import { startTestHost } from "@vault-ts/vault-plugin/testing";
import { beforeEach, describe, expect, test } from "vitest";
import { createBackend } from "../backend.ts";
import { useMount } from "../testing-fixtures/use-mount.ts";

const mount = useMount();

const organization = "hashicorp-vault-testing";
const developers = "team-TUfzPAhqQ7xbfVwR";
const owners = "team-4q2Xt8vMYVbdJNGk";

const lookUps = () => mount.simulator.requests.filter(({ path }) => path.includes("/teams?"));

describe("a role by the name of its team", () => {
  test("is one of leased tokens of the team that has the name", async () => {
    await mount.host.write("role/a", { organization, team_name: "developers", ttl: 60 });
    expect(await mount.host.read("role/a")).toEqual({
      name: "a",
      organization,
      team_id: developers,
      team_name: "developers",
      effective_credential_type: "team",
      ttl: 60,
      max_ttl: 0,
    });
    await mount.host.read("creds/a");
    expect(mount.simulator.world.tokens.at(-1)?.owner).toEqual({ type: "teams", id: developers });
  });

  test("may be one of the team's legacy token", async () => {
    await mount.host.write("role/a", {
      organization,
      team_name: "developers",
      credential_type: "team_legacy",
    });
    expect(await mount.host.read("creds/a")).toMatchObject({ team_id: developers, organization });
  });

  test("may have the ID of the same team too", async () => {
    await mount.host.write("role/a", {
      organization,
      team_name: "developers",
      team_id: developers,
    });
    await expect(
      mount.host.write("role/b", { organization, team_name: "developers", team_id: owners }),
    ).rejects.toMatchObject({
      code: "bad_request",
      message: `team "developers" of organization "${organization}" has the ID "${developers}", not "${owners}": leave out team_id or team_name`,
    });
    expect(await mount.host.read("role/b")).toBeUndefined();
  });

  const find = `finding team "nobody" of organization "${organization}" failed:`;
  test.for<[string, object, string]>([
    [
      "that no team has",
      { organization, team_name: "nobody" },
      `${find} it doesn't exist, or the mount's token lacks permission to see it; write team_id instead`,
    ],
    [
      "in an organization that isn't shown",
      { organization: "unknown", team_name: "nobody" },
      `finding team "nobody" of organization "unknown" failed: the organization doesn't exist, or the mount's token lacks permission to see it; write team_id instead`,
    ],
    [
      "without the organization",
      { team_name: "nobody" },
      "credential_type team needs team_id, or organization and team_name",
    ],
    [
      "beside a user",
      { user_id: "user-1", team_name: "nobody" },
      "user_id can't be combined with organization, team_id, team_name or agent_pool_id",
    ],
    [
      "of an organization's kind",
      { organization, team_name: "developers", credential_type: "organization" },
      "credential_type organization takes no team_name",
    ],
    [
      "of a kind that has nothing to do with teams",
      { organization, team_name: "developers", credential_type: "metrics" },
      "credential_type metrics takes no team_id or team_name",
    ],
  ])("%s is rejected, and nothing is stored", async ([, role, message]) => {
    await expect(mount.host.write("role/a", { ...role })).rejects.toMatchObject({
      code: "bad_request",
      message,
    });
    expect(await mount.host.read("role/a")).toBeUndefined();
  });

  test("is rejected in HCP Europe, which lists no teams", async () => {
    mount.simulator.edition = "europe";
    await expect(
      mount.host.write("role/a", { organization, team_name: "developers" }),
    ).rejects.toMatchObject({
      code: "bad_request",
      message: `finding team "developers" of organization "${organization}" failed: this Terraform Cloud has no list of teams, like HCP Europe; write team_id instead`,
    });
  });

  test("is rejected if several teams have it", async () => {
    const [original] = DEFAULT_SEED.teams.filter(({ id }) => id === developers);
    if (!original) throw new Error("the seed has developers");
    const teams = [...DEFAULT_SEED.teams, { ...original, id: "team-twin" }];
    await using simulator = await startSimulator({ seed: { ...DEFAULT_SEED, teams } });
    const host = await startTestHost(createBackend);
    await host.write("config", { address: simulator.address, token: simulator.credentials.token });
    await expect(
      host.write("role/a", { organization, team_name: "developers" }),
    ).rejects.toMatchObject({
      message: expect.stringContaining("several teams have this name; write team_id instead"),
    });
  });

  test("is rejected on a standby before Terraform Cloud is called", async () => {
    mount.host.system.standby = true;
    const before = mount.simulator.requests.length;
    await expect(
      mount.host.write("role/a", { organization, team_name: "developers" }),
    ).rejects.toMatchObject({ code: "read_only" });
    expect(mount.simulator.requests.length).toBe(before);
  });
});

describe("a role that has the name of its team", () => {
  beforeEach(() => mount.host.write("role/a", { organization, team_name: "developers" }));

  const stored = async () => {
    const { team_id, team_name, effective_credential_type } =
      (await mount.host.read("role/a")) ?? {};
    return [team_id, team_name, effective_credential_type];
  };

  test("keeps its team when other fields are written", async () => {
    const before = lookUps().length;
    await mount.host.write("role/a", { ttl: 60 });
    await mount.host.request("patch", "role/a", { max_ttl: 120 });
    expect(await stored()).toEqual([developers, "developers", "team"]);
    expect(lookUps().length).toBe(before);
  });

  test("changes to the team of another name", async () => {
    await mount.host.write("role/a", { team_name: "owners" });
    expect(await stored()).toEqual([owners, "owners", "team"]);
  });

  test("changes to another team of the same name when the name is written again", async () => {
    const before = lookUps().length;
    await mount.host.write("role/a", { team_name: "developers", team_id: "" });
    expect(await stored()).toEqual([developers, "developers", "team"]);
    expect(lookUps().length).toBe(before + 1);
  });

  test("is looked up in the organization that is written", async () => {
    await expect(mount.host.write("role/a", { organization: "unknown" })).rejects.toMatchObject({
      message: expect.stringContaining(
        'finding team "developers" of organization "unknown" failed',
      ),
    });
    expect(await stored()).toEqual([developers, "developers", "team"]);
  });

  test("keeps the name, and its kind, when the team's own ID is written alone", async () => {
    await mount.host.write("role/a", { organization, team_id: developers, user_id: "", ttl: 60 });
    expect(await stored()).toEqual([developers, "developers", "team"]);
  });

  test("loses the name when another ID is written alone, and is of type team_legacy then", async () => {
    await mount.host.write("role/a", { team_id: owners });
    expect(await stored()).toEqual([owners, undefined, "team_legacy"]);
  });

  test("keeps the id when the name is cleared, by a write or by a patch", async () => {
    await mount.host.write("role/a", { credential_type: "team" });
    await mount.host.write("role/b", {
      organization,
      team_name: "developers",
      credential_type: "team",
    });
    await mount.host.request("patch", "role/a", { team_name: null });
    expect(await stored()).toEqual([developers, undefined, "team"]);
    await mount.host.write("role/b", { team_name: "" });
    expect(await mount.host.read("role/b")).not.toHaveProperty("team_name");
    expect(await mount.host.read("role/b")).toMatchObject({ team_id: developers });
  });

  test("loses the name too when the ID is cleared", async () => {
    await mount.host.write("role/a", { credential_type: "team" });
    await expect(mount.host.request("patch", "role/a", { team_id: null })).rejects.toMatchObject({
      message: "credential_type team needs team_id, or organization and team_name",
    });
    await mount.host.write("role/a", {
      team_id: "",
      organization: "",
      credential_type: "",
      user_id: "user-12345abcde",
    });
    expect(await stored()).toEqual([undefined, undefined, "user"]);
  });

  test("can't clear its organization", async () => {
    await expect(mount.host.write("role/a", { organization: "" })).rejects.toMatchObject({
      message: "team_name needs organization",
    });
  });

  test("can be moved by a patch to another name", async () => {
    await mount.host.request("patch", "role/a", { team_name: "owners", ttl: 60 });
    expect(await stored()).toEqual([owners, "owners", "team"]);
  });
});
