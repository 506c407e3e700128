import { describe, expect, test } from "vitest";
import { useMount } from "../testing-fixtures/use-mount.ts";

const mount = useMount();
const organization = "hashicorp-vault-testing";
const MINUTE = 60;
const storedToken = async () => (await mount.host.read("creds/a"))?.["token"];
/** What is stored, dead or not: nobody has asked for it. */
const entryToken = () =>
  (mount.host.storage.json(`token/organization/${organization}`) as { token: string }).token;
const organizationTokens = () =>
  mount.simulator.world.tokens.filter(({ owner }) => owner.type === "organizations");

describe("a rotation whose response is lost", () => {
  test("is repeated at once", async () => {
    await mount.host.write("role/a", { organization });
    mount.loseAnswers(1);
    await mount.host.write("rotate-role/a");
    expect(mount.isAlive(await storedToken())).toBe(true);
    // The first attempt may be carried out late, and delete what the second one has created.
    await mount.host.advance(3 * MINUTE);
    for (const token of organizationTokens()) mount.simulator.world.delete(token);
    await mount.host.advance(20 * MINUTE);
    expect(mount.isAlive(await storedToken())).toBe(true);
    expect(mount.uncommitted()).toEqual([]);
  });

  test("isn't repeated when request_timeout has passed", async () => {
    await mount.host.write("role/a", { organization });
    await mount.host.write("config", { request_timeout: 1 });
    mount.simulator.fault = ({ method }) => (method === "POST" ? "hang" : undefined);
    const before = mount.simulator.requests.length;
    await expect(mount.host.write("rotate-role/a")).rejects.toMatchObject({
      code: "upstream_timeout",
      message: expect.stringContaining("it may have been created"),
    });
    const sent = mount.simulator.requests.slice(before).filter(({ method }) => method === "POST");
    expect(sent).toHaveLength(1);
  });

  test("repeatedly is completed by the rollback", async () => {
    await mount.host.write("role/a", { organization });
    mount.loseAnswers(2);
    await expect(mount.host.write("rotate-role/a")).rejects.toMatchObject({ code: "upstream" });
    expect(mount.isAlive(entryToken())).toBe(false);
    await mount.host.advance(3 * MINUTE);
    expect(mount.isAlive(await storedToken())).toBe(true);
    await mount.host.advance(20 * MINUTE);
    expect(mount.uncommitted()).toEqual([]);
    expect(mount.isAlive(await storedToken())).toBe(true);
  });

  test("leaves one WAL entry while responses are lost", async () => {
    await mount.host.write("role/a", { organization });
    mount.loseAnswers();
    await expect(mount.host.write("rotate-role/a")).rejects.toMatchObject({ code: "upstream" });
    const before = mount.simulator.requests.length;
    await mount.host.advance(10 * MINUTE);
    expect(mount.uncommitted()).toHaveLength(1);
    // Each minute looks at the token, and tries twice to create another.
    expect(mount.simulator.requests.length - before).toBeLessThanOrEqual(40);
    mount.simulator.fault = undefined;
    await mount.host.advance(MINUTE);
    expect(mount.isAlive(await storedToken())).toBe(true);
  });
});

test("a stored token that may have been deleted is verified before it is returned", async () => {
  await mount.host.write("role/a", { organization });
  mount.loseAnswers(2);
  await expect(mount.host.write("rotate-role/a")).rejects.toMatchObject({ code: "upstream" });
  expect(mount.isAlive(entryToken())).toBe(false);
  expect(mount.isAlive(await storedToken())).toBe(true);
});

describe("a request that Terraform Cloud executes minutes after it timed out", () => {
  test("is reconciled if it was a deletion", async () => {
    await mount.host.write("role/a", { organization });
    mount.simulator.fault = ({ method }) => (method === "DELETE" ? "cut before" : undefined);
    await expect(mount.host.request("delete", "role/a")).rejects.toMatchObject({
      code: "upstream",
    });
    mount.simulator.fault = undefined;
    await mount.host.write("rotate-role/a");
    await mount.host.advance(2 * MINUTE);
    expect(mount.isAlive(await storedToken())).toBe(true);
    for (const token of organizationTokens()) mount.simulator.world.delete(token);
    await mount.host.advance(4 * MINUTE);
    expect(mount.isAlive(await storedToken())).toBe(true);
  });

  test("is reconciled if it was a rotation", async () => {
    await mount.host.write("role/a", { organization });
    mount.simulator.fault = ({ method }) => (method === "POST" ? "cut before" : undefined);
    await expect(mount.host.write("rotate-role/a")).rejects.toMatchObject({ code: "upstream" });
    mount.simulator.fault = undefined;
    await mount.host.advance(6 * MINUTE);
    const [token] = organizationTokens();
    if (token) mount.simulator.world.delete(token);
    mount.simulator.world.grant({ type: "organizations", id: organization }, { description: null });
    expect(mount.isAlive(entryToken())).toBe(false);
    await mount.host.advance(10 * MINUTE);
    expect(mount.isAlive(await storedToken())).toBe(true);
    await mount.host.advance(20 * MINUTE);
    expect(mount.uncommitted()).toEqual([]);
  });

  test("is reverted if it was the first token of a role that doesn't exist", async () => {
    mount.simulator.fault = ({ method }) => (method === "POST" ? "cut before" : undefined);
    await expect(mount.host.write("role/a", { organization })).rejects.toMatchObject({
      code: "upstream",
    });
    mount.simulator.fault = undefined;
    await mount.host.advance(3 * MINUTE);
    mount.simulator.world.grant({ type: "organizations", id: organization }, { description: null });
    await mount.host.advance(20 * MINUTE);
    expect(organizationTokens()).toEqual([]);
    expect(mount.uncommitted()).toEqual([]);
  });
});

test("a rollback leaves a token that another change has stored to the rollback of that one", async () => {
  const role = { team_id: "team-TUfzPAhqQ7xbfVwR" };
  await mount.host.write("role/b", { organization });
  mount.simulator.fault = ({ method }) => (method === "POST" ? "cut before" : undefined);
  await expect(mount.host.write("role/a", role)).rejects.toMatchObject({ code: "upstream" });
  mount.simulator.fault = undefined;
  await mount.host.advance(13 * MINUTE);
  // Its token is created and stored, and the one of its former owner isn't deleted.
  mount.simulator.fault = ({ path }) =>
    path.includes("/organizations/") ? "server error" : undefined;
  const moved = { ...role, organization: "" };
  await expect(mount.host.write("role/b", moved)).rejects.toMatchObject({ code: "upstream" });
  mount.simulator.fault = undefined;
  await mount.host.advance(3 * MINUTE);
  const other = await mount.startAnother();
  await other.write("role/a", role);
  const theirs = (await other.read("creds/a"))?.["token"];
  await mount.host.advance(20 * MINUTE);
  expect(mount.isAlive(theirs)).toBe(true);
  expect(mount.uncommitted()).toEqual([]);
});

test("a rollback that waited for a deletion doesn't act on an entry that the deletion ended", async () => {
  const { storage, clock } = mount.host;
  const other = await mount.startAnother();
  storage.onCall = ({ operation, key }) => {
    if (operation === "delete" && key.startsWith("wal/")) throw new Error("storage failed");
  };
  await expect(mount.host.write("role/a", { organization })).rejects.toThrow("storage failed");
  clock.set(clock.now() + 2 * MINUTE * 1000);
  let rollback: Promise<unknown> | undefined;
  storage.onCall = async ({ operation, key }) => {
    if (rollback || operation !== "delete" || !key.startsWith("token/")) return;
    rollback = mount.host.request("rollback", "");
    await other.write("role/a", { organization });
  };
  await mount.host.request("delete", "role/a");
  await rollback;
  expect(mount.isAlive((await other.read("creds/a"))?.["token"])).toBe(true);
  expect(mount.uncommitted()).toEqual([]);
});

test("a mount that can't see an owner doesn't conclude that its token was deleted", async () => {
  await mount.host.write("role/a", { organization });
  mount.simulator.fault = ({ method }) => (method === "POST" ? "cut before" : undefined);
  await expect(mount.host.write("rotate-role/a")).rejects.toMatchObject({ code: "upstream" });
  mount.simulator.fault = undefined;
  const stranger = mount.simulator.world.grant(
    { type: "users", id: "user-V3R563qtJNcExAkN" },
    { description: "stranger" },
  );
  mount.host.storage.putJson("config", { address: mount.simulator.address, token: stranger.text });
  mount.host.invalidate("config");
  // A member of a team sees the organization, and not its token: what that is isn't known.
  await mount.host.advance(20 * MINUTE);
  expect(mount.host.logs.at(-1)).toContain(
    `the mount's token lacks permission to see organization \\"${organization}\\": whether its token exists isn't known`,
  );
  expect(mount.uncommitted()).toHaveLength(1);
});

test("a change without role and config is logged, and forgotten", async () => {
  mount.loseAnswers();
  await expect(mount.host.write("role/a", { organization })).rejects.toMatchObject({
    code: "upstream",
  });
  await mount.host.request("delete", "config");
  await mount.host.advance(20 * MINUTE);
  expect(mount.host.logs.join()).toContain("deleting an orphaned token failed");
  expect(mount.host.storage.keys()).toEqual([]);
});

test("a token that was there unseen isn't taken for what a lost creation has made", async () => {
  const { world, credentials } = mount.simulator;
  const theirs = world.grant({ type: "organizations", id: organization }, { description: null });
  const stranger = world.grant(
    { type: "users", id: "user-V3R563qtJNcExAkN" },
    { description: "other" },
  );
  await mount.host.write("config", { token: stranger.text });
  mount.simulator.fault = ({ method }) => (method === "POST" ? "cut before" : undefined);
  await expect(mount.host.write("role/a", { organization })).rejects.toMatchObject({
    code: "upstream",
  });
  mount.simulator.fault = undefined;
  await mount.host.write("config", { token: credentials.token });
  await mount.host.advance(20 * MINUTE);
  expect(mount.isAlive(theirs.text)).toBe(true);
});

test("a deletion that is applied while the mount has no token is found when it has one again", async () => {
  const { token } = mount.simulator.credentials;
  await mount.host.write("role/a", { organization });
  mount.simulator.fault = ({ method }) => (method === "DELETE" ? "cut before" : undefined);
  await expect(mount.host.request("delete", "role/a")).rejects.toMatchObject({ code: "upstream" });
  mount.simulator.fault = undefined;
  await mount.host.request("delete", "config");
  for (const late of organizationTokens()) mount.simulator.world.delete(late);
  await mount.host.advance(20 * MINUTE);
  await mount.host.write("config", { address: mount.simulator.address, token });
  await mount.host.advance(2 * MINUTE);
  expect(mount.isAlive(await storedToken())).toBe(true);
  expect(mount.uncommitted()).toEqual([]);
});
