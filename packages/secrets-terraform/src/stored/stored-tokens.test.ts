import { startSimulator } from "@vault-ts/terraform-cloud/simulator";
import { beforeEach, describe, expect, test } from "vitest";
import { useMount } from "../testing-fixtures/use-mount.ts";

const mount = useMount();
const organization = "hashicorp-vault-testing";
const team_id = "team-TUfzPAhqQ7xbfVwR";
const creations = (host = mount) =>
  host.simulator.requests.filter(({ method }) => method === "POST");
const storedToken = async (host = mount.host, role = "a") =>
  (await host.read(`creds/${role}`))?.["token"];
/** What an organization's token is replaced by when somebody does it by hand. */
const replaceByHand = () =>
  mount.simulator.world.create(
    mount.simulator.world.grant(
      { type: "users", id: "user-12345abcde" },
      { description: "by hand" },
    ),
    { type: "organizations", id: organization },
    { description: null },
  );

describe("the last role of an owner", () => {
  test("deletes its stored token", async () => {
    await mount.host.write("role/a", { organization });
    const token = await storedToken();
    expect(await mount.host.request("delete", "role/a")).toBeUndefined();
    expect(mount.isAlive(token)).toBe(false);
  });

  test("doesn't delete a token that was created by hand", async () => {
    await mount.host.write("role/a", { organization });
    const { id, text } = replaceByHand();
    expect((await mount.host.request("delete", "role/a"))?.warnings).toEqual([
      `the token of organization "${organization}" remains valid at Terraform Cloud: its current token "${id}" isn't the one that this mount stores`,
    ]);
    expect(mount.isAlive(text)).toBe(true);
    expect(mount.host.storage.keys()).toEqual(["config"]);
  });

  test("warns that its token may remain valid if the mount's own can't see it", async () => {
    await mount.host.write("role/a", { organization });
    const token = await storedToken();
    const stranger = mount.simulator.world.grant(
      { type: "users", id: "user-V3R563qtJNcExAkN" },
      { description: "stranger" },
    );
    await mount.host.write("config", { token: stranger.text });
    expect((await mount.host.request("delete", "role/a"))?.warnings).toEqual([
      `the token of organization "${organization}" may remain valid at Terraform Cloud: this mount's token lacks permission to see it`,
    ]);
    expect(mount.isAlive(token)).toBe(true);
  });

  test("doesn't delete another mount's token", async () => {
    await mount.host.write("role/a", { organization });
    const other = await mount.startAnother();
    await other.write("role/a", { organization });
    await mount.host.request("delete", "role/a");
    expect(mount.isAlive(await storedToken(other))).toBe(true);
  });

  test("gets a valid token by a rotation after another mount replaced it", async () => {
    await mount.host.write("role/a", { organization });
    const other = await mount.startAnother();
    await other.write("role/a", { organization });
    expect(mount.isAlive(await storedToken())).toBe(false);
    await mount.host.write("rotate-role/a");
    expect(mount.isAlive(await storedToken())).toBe(true);
  });
});

describe("a stored token's entry that can't be read", () => {
  beforeEach(async () => {
    await mount.host.write("role/a", { organization });
    await mount.host.write("role/t", { team_id, rotation_period: 60 });
    mount.host.storage.putJson(`token/organization/${organization}`, { token: 5 });
    await mount.host.restart();
  });

  test("keeps no other owner from its rotation, and tidy and drift checks from nothing", async () => {
    const before = (await mount.host.read("creds/t"))?.["token"];
    mount.host.clock.set(mount.host.clock.now() + 61_000);
    await mount.host.rollback();
    expect((await mount.host.read("creds/t"))?.["token"]).not.toBe(before);
    await mount.host.write("tidy", {});
    expect(mount.host.logs.join()).toContain("reading the entry of a stored token failed");
    expect(mount.host.logs.join()).not.toContain("periodic work failed");
  });

  test("is shown by creds, and replaced by a rotation", async () => {
    await expect(mount.host.read("creds/a")).rejects.toMatchObject({ code: "corrupt_entry" });
    await mount.host.write("rotate-role/a");
    expect(mount.isAlive(await storedToken())).toBe(true);
  });

  test("fails neither reads of its roles, nor the deletion of one of them", async () => {
    await mount.host.write("role/b", { team_id });
    mount.host.storage.putJson(`token/team/${team_id}`, { token: 5 });
    await mount.host.restart();
    expect(await mount.host.read("role/b")).toMatchObject({ team_id });
    await mount.host.request("delete", "role/b");
    expect(await mount.host.read("role/b")).toBeUndefined();
  });

  test("goes with the last role on a mount without a token", async () => {
    await mount.host.request("delete", "config");
    expect((await mount.host.request("delete", "role/a"))?.warnings).toEqual([
      `the token of organization "${organization}" remains valid at Terraform Cloud: this mount has no token to delete it with`,
    ]);
    expect(mount.host.storage.keys()).not.toContain(`token/organization/${organization}`);
  });

  test("goes with the owner's last role, with a warning", async () => {
    expect((await mount.host.request("delete", "role/a"))?.warnings).toEqual([
      `the token of organization "${organization}" remains valid at Terraform Cloud: its stored entry can't be read, so that its ID isn't known`,
    ]);
    expect(mount.host.storage.keys()).not.toContain(`token/organization/${organization}`);
  });
});

describe("an organization's name in another spelling", () => {
  const shouted = organization.toUpperCase();

  test("is the same owner: its roles share one token", async () => {
    await mount.host.write("role/a", { organization });
    await mount.host.write("role/b", { organization: shouted });
    expect(await storedToken(mount.host, "b")).toBe(await storedToken());
    expect(creations()).toHaveLength(1);
    expect(await mount.host.read("role/b")).toMatchObject({ organization: shouted });
    await mount.host.request("delete", "role/a");
    expect(mount.isAlive(await storedToken(mount.host, "b"))).toBe(true);
  });

  test("finds the token that version 0.1.0 stored under it", async () => {
    const { id, text } = replaceByHand();
    mount.host.storage.putJson("role/a", { name: "a", organization: shouted });
    mount.host.storage.putJson(`token/organization/${shouted}`, { token: text, token_id: id });
    expect(await storedToken()).toBe(text);
    await mount.host.write("rotate-role/a");
    expect(mount.host.storage.keys()).toContain(`token/organization/${organization}`);
    expect(mount.host.storage.keys()).not.toContain(`token/organization/${shouted}`);
  });
});

describe("rotations", () => {
  test("that are requested while one is in progress share its outcome", async () => {
    await mount.host.write("role/a", { organization });
    const before = creations().length;
    await Promise.all(Array.from({ length: 8 }, () => mount.host.write("rotate-role/a")));
    expect(creations().length - before).toBe(1);
    await mount.host.write("rotate-role/a");
    expect(creations().length - before).toBe(2);
    expect(mount.isAlive(await storedToken())).toBe(true);
  });

  test("share a failure, too", async () => {
    await mount.host.write("role/a", { organization });
    mount.simulator.fault = ({ method }) => (method === "GET" ? "proxy 404" : undefined);
    const outcomes = await Promise.allSettled(
      [1, 2, 3].map(() => mount.host.write("rotate-role/a")),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  });

  test("of disconnected clients aren't started", async () => {
    await mount.host.write("role/a", { organization });
    const before = creations().length;
    let release = () => {};
    mount.simulator.onRequest = ({ method }) => {
      if (method !== "GET") return;
      return new Promise((resolve) => {
        release = resolve;
      });
    };
    const abort = new AbortController();
    const rotate = (signal?: AbortSignal) =>
      mount.host.request("update", "rotate-role/a", {}, signal ? { signal } : {});
    const gone = Promise.allSettled([1, 2, 3, 4].map(() => rotate(abort.signal)));
    await expect.poll(() => mount.simulator.requests.length).toBeGreaterThan(0);
    abort.abort();
    mount.simulator.onRequest = undefined;
    release();
    expect((await gone).every(({ status }) => status === "rejected")).toBe(true);
    expect(creations().length).toBe(before);
    await rotate();
    expect(creations().length - before).toBe(1);
  });

  test("continue for the clients that wait when the first one disconnects", async () => {
    await mount.host.write("role/a", { organization });
    const abort = new AbortController();
    const first = mount.host.request("update", "rotate-role/a", {}, { signal: abort.signal });
    const second = mount.host.write("rotate-role/a");
    abort.abort();
    await expect(first).rejects.toMatchObject({ code: "canceled" });
    await second;
    expect(mount.isAlive(await storedToken())).toBe(true);
  });
});

test("an organization whose requests hang delays no other owner's roles", async () => {
  await mount.host.write("role/a", { organization });
  await mount.host.write("role/t", { team_id });
  mount.simulator.fault = ({ path }) =>
    path.includes(`organizations/${organization}`) ? "hang" : undefined;
  const abort = new AbortController();
  const hanging = Promise.allSettled([
    mount.host.request("update", "rotate-role/a", {}, { signal: abort.signal }),
    mount.host.request("delete", "role/a", {}, { signal: abort.signal }),
    mount.host.request("update", "role/b", { organization }, { signal: abort.signal }),
  ]);
  await mount.host.write("rotate-role/t");
  await mount.host.write("role/u", { team_id });
  await mount.host.request("delete", "role/t");
  await mount.host.write("role/user", { user_id: "user-12345abcde" });
  abort.abort();
  await hanging;
  expect(await mount.host.request("list", "role/")).toMatchObject({
    data: { keys: ["a", "u", "user"] },
  });
});

test("a role's write, rotation and deletion read no other role, however many there are", async () => {
  for (let number = 0; number < 300; number += 1) {
    const role = number % 2 ? { organization } : { team_id };
    mount.host.storage.putJson(`role/r${number}`, { name: `r${number}`, ...role });
  }
  await mount.host.write("role/r0", { team_id });
  await mount.host.write("role/r1", { organization });
  const read: string[] = [];
  mount.host.storage.onCall = ({ operation, key }) => {
    if (operation === "get" || operation === "list") read.push(key);
  };
  await mount.host.write("role/r1", { organization, description: "changed" });
  await mount.host.write("role/new", { organization });
  await mount.host.write("rotate-role/new");
  await mount.host.request("delete", "role/r2");
  await mount.host.request("delete", "role/new");
  const roles = read.filter((key) => key.startsWith("role/"));
  expect([...new Set(roles)].sort()).toEqual(["role/new", "role/r1"]);
});

test("an unreadable role is reported when it is read, and affects no other", async () => {
  mount.host.storage.putJson("role/broken", { name: "broken", organization: 5 });
  await mount.host.write("role/a", { organization });
  await mount.host.write("rotate-role/a");
  await expect(mount.host.read("role/broken")).rejects.toMatchObject({ code: "corrupt_entry" });
  expect(mount.host.logs.join()).toContain(
    'reading the stored entry of a role failed; the role is skipped {"role":"broken"',
  );
  await mount.host.request("delete", "role/a");
  expect(mount.simulator.world.tokens).toHaveLength(1);
  await mount.host.request("delete", "role/broken");
  expect(await mount.host.read("role/broken")).toBeUndefined();
});

test("a token is never sent to a host that it wasn't written for", async () => {
  await using other = await startSimulator();
  const by = (clientTokenAccessor: string) => ({ from: { clientTokenAccessor } });
  const { token } = mount.simulator.credentials;
  await mount.host.request("update", "config", { address: other.address }, by("one"));
  const answer = await mount.host.request("update", "config", { token }, by("another"));
  expect(answer?.warnings).toEqual([
    `the pending connection to ${other.address} was discarded: another client wrote it`,
  ]);
  expect(other.requests).toEqual([]);
  expect(await mount.host.read("config")).toMatchObject({ address: mount.simulator.address });
});
