import { expect, test } from "vitest";
import { useMount } from "../testing-fixtures/use-mount.ts";

const mount = useMount();
const organization = "hashicorp-vault-testing";
const team_id = "team-TUfzPAhqQ7xbfVwR";
const creations = () => mount.simulator.requests.filter(({ method }) => method !== "GET");
const grant = (
  type: "organizations" | "teams" | "users",
  id: string,
  description: string | null = null,
) => mount.simulator.world.grant({ type, id }, { description });

test.for<[name: string, owner: { organization: string } | { team_id: string }]>([
  ["organization", { organization }],
  ["legacy team", { team_id }],
])("a role of an %s imports an existing token", async ([, owner]) => {
  const { text, id } =
    "team_id" in owner ? grant("teams", owner.team_id) : grant("organizations", owner.organization);
  await mount.host.write("role/a", { ...owner, token: `${text}\n`, rotation_period: "1h" });
  expect(await mount.host.read("creds/a")).toMatchObject({
    token: text,
    token_id: id,
    rotation_period: 3600,
  });
  expect(JSON.stringify(await mount.host.read("role/a"))).not.toContain(text);
  expect(JSON.stringify(mount.host.storage.json("role/a"))).not.toContain(text);
  expect(creations()).toEqual([]);
  await mount.host.write("rotate-role/a");
  expect(mount.isAlive((await mount.host.read("creds/a"))?.["token"])).toBe(true);
  expect(mount.isAlive(text)).toBe(false);
});

test("an imported token that was created long ago is not rotated before its period has passed", async () => {
  const { text } = grant("organizations", organization);
  mount.host.clock.set(mount.host.clock.now() + 24 * 3_600_000);
  await mount.host.write("role/a", { organization, token: text, rotation_period: "1h" });
  await mount.host.rollback();
  expect(await mount.host.read("creds/a")).toMatchObject({ token: text, ttl: 3600 });
});

test("an imported token replaces the stored one without deleting it", async () => {
  await mount.host.write("role/a", { organization, rotation_period: "1h" });
  const before = creations().length;
  const { text, id } = grant("organizations", organization);
  await mount.host.write("role/a", { token: text });
  expect(await mount.host.read("creds/a")).toMatchObject({
    token: text,
    token_id: id,
    rotation_period: 3600,
  });
  await mount.host.write("role/a", { token: "" });
  expect(await mount.host.read("creds/a")).toMatchObject({ token: text });
  expect(creations()).toHaveLength(before);
});

test.for<[name: string, token: () => string, role: object, message: string]>([
  [
    "that is dead",
    () => "at-dead",
    { organization },
    `field "token" must be a token of organization "${organization}": Terraform Cloud rejects it; it was deleted or has expired`,
  ],
  [
    "of another owner",
    () => grant("users", "user-12345abcde", "x").text,
    { organization },
    `field "token" must be a token of organization "${organization}": it belongs to user "user-12345abcde"`,
  ],
  [
    "of the team that has a description",
    () => grant("teams", team_id, "x").text,
    { team_id },
    `field "token" must be a token of team "${team_id}": it has a description, and a token of type team_legacy has none`,
  ],
  [
    "for a role whose tokens are leased",
    () => grant("users", "user-12345abcde", "x").text,
    { user_id: "user-12345abcde" },
    "a role with leased tokens takes no token: only a stored token can be imported",
  ],
])("a token %s is rejected, and nothing is stored", async ([, token, role, message]) => {
  await expect(mount.host.write("role/a", { ...role, token: token() })).rejects.toMatchObject({
    code: "bad_request",
    message,
  });
  expect(mount.host.storage.keys()).toEqual(["config"]);
});

test("an imported token is sent only to the mount's configured address", async () => {
  await mount.host.request("delete", "config");
  await expect(mount.host.write("role/a", { organization, token: "at-1" })).rejects.toMatchObject({
    code: "bad_request",
    message: "this mount has no Terraform Cloud token yet: write one to config",
  });
});

test("an adopted token isn't the outcome of a change before it", async () => {
  let failures = 0;
  mount.host.storage.onCall = ({ operation, key }) => {
    if (operation !== "put" || key !== "role/a" || failures === 2) return;
    failures += 1;
    throw new Error("the disk is full");
  };
  const role = { organization: "hashicorp-vault-testing" };
  await expect(mount.host.write("role/a", role)).rejects.toThrow("the disk is full");
  const { world } = mount.simulator;
  for (const token of world.tokens) if (token.owner.type === "organizations") world.delete(token);
  const owner = { type: "organizations", id: role.organization } as const;
  const { text: token } = world.grant(owner, { description: null });
  await expect(mount.host.write("role/a", { ...role, token })).rejects.toThrow("the disk is full");
  await mount.host.advance(180);
  expect(mount.isAlive(token)).toBe(true);
});
