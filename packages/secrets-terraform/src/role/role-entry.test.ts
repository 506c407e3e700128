import { describe, expect, test } from "vitest";
import { useMount } from "../testing-fixtures/use-mount.ts";

const mount = useMount();
const organization = "hashicorp-vault-testing";
const team_id = "team-TUfzPAhqQ7xbfVwR";
const user_id = "user-12345abcde";

type Entry = Readonly<Record<string, unknown>>;

/** Stores an entry as HashiCorp's engine does, which leaves out what is empty. */
const storeGoRole = (fields: Entry) =>
  mount.host.storage.putJson("role/a", { name: "a", ttl: 0, max_ttl: 0, ...fields });

/** Stores an entry as version 0.1.0 of this plugin did. */
const storeOldRole = (fields: Entry) =>
  mount.host.storage.putJson("role/a", {
    name: "a",
    organization: "",
    team_id: "",
    user_id: "",
    credential_type: "",
    description: "",
    ttl: 0,
    max_ttl: 0,
    ...fields,
  });

const shownType = async () => {
  const { credential_type, effective_credential_type } = (await mount.host.read("role/a")) ?? {};
  return [credential_type, effective_credential_type];
};

describe("the credential_type of a role", () => {
  test.for<[name: string, entry: Entry, shown: string | undefined, effective: string]>([
    [
      "an organization",
      { organization, credential_type: "organization" },
      undefined,
      "organization",
    ],
    [
      "an organization and a team",
      { organization, team_id, credential_type: "organization" },
      undefined,
      "team_legacy",
    ],
    ["a user", { user_id, credential_type: "user" }, "user", "user"],
    ["a team", { team_id, credential_type: "team_legacy" }, "team_legacy", "team_legacy"],
    ["a team's leased tokens", { team_id, credential_type: "team" }, "team", "team"],
    ["a user, before version 0.12", { user_id }, undefined, "user"],
    [
      "an organization as a user",
      { organization, credential_type: "user" },
      undefined,
      "organization",
    ],
    [
      "an organization as a team",
      { organization, credential_type: "team" },
      undefined,
      "organization",
    ],
    ["a team as a user", { team_id, credential_type: "user" }, undefined, "team_legacy"],
    [
      "a team as an organization",
      { team_id, credential_type: "organization" },
      undefined,
      "team_legacy",
    ],
    ["a user as a team", { user_id, credential_type: "team" }, undefined, "user"],
    ["a user as an organization", { user_id, credential_type: "organization" }, undefined, "user"],
  ])("of HashiCorp's engine for %s", async ([, entry, shown, effective]) => {
    storeGoRole(entry);
    expect(await shownType()).toEqual([shown, effective]);
    // Another write doesn't change it.
    await mount.host.write("role/a", { ttl: 0 });
    expect(await shownType()).toEqual([shown, effective]);
  });

  test("of HashiCorp's engine is returned once it is written", async () => {
    storeGoRole({ organization, credential_type: "organization" });
    await mount.host.write("role/a", { credential_type: "organization" });
    expect(await shownType()).toEqual(["organization", "organization"]);
  });

  test.for<[name: string, entry: Entry, shown: string | undefined]>([
    ["with a type", { organization, credential_type: "organization" }, "organization"],
    ["without one", { organization }, undefined],
  ])("of version 0.1.0 written %s stays as it was written", async ([, entry, shown]) => {
    storeOldRole(entry);
    expect(await shownType()).toEqual([shown, "organization"]);
  });
});

test("a type that HashiCorp's engine stored with another owner doesn't stop creds, check and status", async () => {
  storeGoRole({ organization, credential_type: "team" });
  const creds = await mount.host.read("creds/a");
  expect(mount.isAlive(creds?.["token"])).toBe(true);
  expect(creds).toMatchObject({ organization });
  expect(await mount.host.read("check")).toMatchObject({ ok: true, roles: { a: { ok: true } } });
  expect(await mount.host.read("status/a")).toMatchObject({ owner_id: organization });
});
