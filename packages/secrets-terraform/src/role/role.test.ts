import { describe, expect, test } from "vitest";
import { useMount } from "../testing-fixtures/use-mount.ts";

const mount = useMount();
const SECOND = 1_000_000_000;
const organization = "hashicorp-vault-testing";
const team_id = "team-TUfzPAhqQ7xbfVwR";

/** An entry as HashiCorp's engine writes it: without what is empty. */
const goRole = (entry: Readonly<Record<string, unknown>>) =>
  mount.host.storage.putJson("role/a", { name: "a", ttl: 0, max_ttl: 0, ...entry });

const IGNORED =
  "ttl, max_ttl and description have no effect: the role returns the team's legacy token, which has no lease; set credential_type to team for leased tokens";

describe("a role with organization, team_id and lease settings", () => {
  const lease = { ttl: 60, max_ttl: 120, description: "d" };

  test.for<[name: string, written: Readonly<Record<string, unknown>>]>([
    ["no credential_type", {}],
    ["credential_type organization", { credential_type: "organization" }],
  ])("is written with %s, and a warning", async ([, type]) => {
    const answer = await mount.host.write("role/a", { organization, team_id, ...lease, ...type });
    expect(answer?.warnings).toEqual([IGNORED]);
    expect(await mount.host.read("role/a")).toMatchObject({
      ...lease,
      ...type,
      effective_credential_type: "team_legacy",
    });
  });

  test.for<[name: string, update: Readonly<Record<string, unknown>>, ttl: number]>([
    ["the same settings", { organization, team_id, ...lease }, 60],
    ["the type, too", { organization, team_id, credential_type: "organization", ...lease }, 60],
    ["a ttl of its own", { ttl: 90 }, 90],
    ["nothing", {}, 60],
  ])("is updated with %s if HashiCorp's engine wrote it", async ([, update, ttl]) => {
    const stored = { ...lease, ttl: 60 * SECOND, max_ttl: 120 * SECOND };
    goRole({ organization, team_id, credential_type: "organization", ...stored });
    expect((await mount.host.write("role/a", update))?.warnings).toEqual([IGNORED]);
    expect(await mount.host.read("role/a")).toMatchObject({ ...lease, ttl });
  });

  test("is cleared of them, without a warning, if HashiCorp's engine wrote it", async () => {
    goRole({ organization, team_id, credential_type: "organization", ttl: 60 * SECOND });
    expect(await mount.host.write("role/a", { ttl: 0, max_ttl: 0 })).toBeUndefined();
  });

  test("is rejected with credential_type team_legacy", async () => {
    await expect(
      mount.host.write("role/a", {
        organization,
        team_id,
        ...lease,
        credential_type: "team_legacy",
      }),
    ).rejects.toMatchObject({
      message:
        "credential_type team_legacy takes no description, ttl or max_ttl: use credential_type team",
    });
  });
});
