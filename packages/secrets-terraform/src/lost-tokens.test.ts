import { describe, expect, test } from "vitest";
import { useMount } from "./testing-fixtures/use-mount.ts";

const HOUR_MS = 3600_000;
const mount = useMount();

describe("a token that was made in vain", () => {
  const organization = "hashicorp-vault-testing";
  /** The answers to requests that make tokens get lost, so many times. */
  const loseAnswers = (times: number) => {
    let left = times;
    mount.simulator.onRequest = ({ method, moment }) => {
      if (method !== "POST" || moment !== "acted" || left === 0) return;
      left -= 1;
      mount.simulator.cutConnections();
    };
  };

  test.for([
    ["of a user", { user_id: "user-12345abcde" }],
    ["of a team", { team_id: "team-TUfzPAhqQ7xbfVwR", credential_type: "team" }],
    [
      "of a team whose organization is named",
      { team_id: "team-TUfzPAhqQ7xbfVwR", credential_type: "team", organization },
    ],
  ] as const)("%s is ended, found by its tag", async ([, role]) => {
    await mount.host.write("role/a", role);
    const before = mount.simulator.world.tokens.length;
    loseAnswers(1);
    await expect(mount.host.read("creds/a")).rejects.toMatchObject({ code: "upstream" });
    expect(mount.simulator.world.tokens.length).toBe(before + 1);
    await mount.host.advance(180);
    expect(mount.simulator.world.tokens.length).toBe(before);
    expect(mount.host.storage.keys().filter((key) => key.startsWith("wal/"))).toEqual([]);
  });

  test("of a team is looked for in the organization that the mount's own token is of", async () => {
    const own = mount.simulator.world.grant(
      { type: "organizations", id: organization },
      { description: null },
    );
    await mount.host.write("config", { token: own.text });
    await mount.host.write("role/a", { team_id: "team-TUfzPAhqQ7xbfVwR", credential_type: "team" });
    loseAnswers(1);
    await expect(mount.host.read("creds/a")).rejects.toMatchObject({ code: "upstream" });
    const before = mount.simulator.world.tokens.length;
    await mount.host.advance(180);
    expect(mount.simulator.world.tokens.length).toBe(before - 1);
    expect(mount.simulator.requests.filter(({ path }) => /\/teams\/[^/]+$/.test(path))).toEqual([]);
  });

  test("for an organization is made once more at once", async () => {
    await mount.host.write("role/a", { organization });
    loseAnswers(1);
    await mount.host.write("rotate-role/a");
    expect(mount.isAlive((await mount.host.read("creds/a"))?.["token"])).toBe(true);
  });

  test("for an organization, again and again, is made anew by the rollback", async () => {
    await mount.host.write("role/a", { organization });
    loseAnswers(2);
    await expect(mount.host.write("rotate-role/a")).rejects.toMatchObject({ code: "upstream" });
    expect(mount.isAlive((await mount.host.read("creds/a"))?.["token"])).toBe(false);
    await mount.host.advance(180);
    expect(mount.isAlive((await mount.host.read("creds/a"))?.["token"])).toBe(true);
  });

  test("for an organization, for as long as its answers get lost, has one entry in the log", async () => {
    await mount.host.write("role/a", { organization });
    loseAnswers(Number.POSITIVE_INFINITY);
    await expect(mount.host.write("rotate-role/a")).rejects.toMatchObject({ code: "upstream" });
    const before = mount.simulator.requests.length;
    await mount.host.advance(600);
    expect(mount.host.storage.keys().filter((key) => key.startsWith("wal/"))).toHaveLength(1);
    // Each minute looks for the token, and tries twice to make another.
    expect(mount.simulator.requests.length - before).toBeLessThanOrEqual(30);
    loseAnswers(0);
    await mount.host.advance(60);
    expect(mount.isAlive((await mount.host.read("creds/a"))?.["token"])).toBe(true);
    expect(mount.host.storage.keys().filter((key) => key.startsWith("wal/"))).toEqual([]);
  });

  test("for an organization is forgotten when neither role nor configuration are there", async () => {
    loseAnswers(2);
    await expect(mount.host.write("role/a", { organization })).rejects.toMatchObject({ code: "upstream" });
    await mount.host.request("delete", "config");
    await mount.host.advance(180);
    expect(mount.host.logs.at(-1)).toContain("no token to end another with that nobody holds");
    expect(mount.host.storage.keys()).toEqual([]);
  });

  test("among many others of its owner takes no list of its own", async () => {
    await mount.host.write("role/a", { user_id: "user-12345abcde" });
    loseAnswers(5);
    for (let lost = 0; lost < 5; lost += 1) {
      await expect(mount.host.read("creds/a")).rejects.toMatchObject({ code: "upstream" });
    }
    await mount.host.advance(180);
    expect(mount.simulator.world.tokens).toHaveLength(1);
    const lists = mount.simulator.requests.filter(
      ({ method, path }) => method === "GET" && path.includes("page"),
    );
    expect(lists).toHaveLength(1);

    // Those of later need another one.
    loseAnswers(1);
    await expect(mount.host.read("creds/a")).rejects.toMatchObject({ code: "upstream" });
    await mount.host.advance(180);
    expect(mount.simulator.world.tokens).toHaveLength(1);
  });

  test("that Terraform Cloud refused to make isn't looked for", async () => {
    await mount.host.write("role/a", { user_id: "user-V3R563qtJNcExAkN" });
    await expect(mount.host.read("creds/a")).rejects.toMatchObject({ code: "bad_request" });
    expect(mount.host.storage.keys().filter((key) => key.startsWith("wal/"))).toEqual([]);
  });

  test("and can't be seen by the configured token any more is told of, and left to its expiry", async () => {
    await mount.host.write("role/a", { user_id: "user-12345abcde" });
    loseAnswers(1);
    await expect(mount.host.read("creds/a")).rejects.toMatchObject({ code: "upstream" });
    const other = mount.simulator.world.grant(
      { type: "users", id: "user-V3R563qtJNcExAkN" },
      { description: "other" },
    );
    await mount.host.write("config", { token: other.text });
    await mount.host.advance(180);
    expect(mount.host.logs.at(-1)).toContain("can only be ended by a token of its user");
    expect(mount.host.storage.keys().filter((key) => key.startsWith("wal/"))).toEqual([]);
  });

  test("is looked for when it has expired by this server's clock: that of Terraform Cloud may be behind", async () => {
    mount.simulator.world.clockOffsetMs = -HOUR_MS;
    await mount.host.write("role/a", { user_id: "user-12345abcde", ttl: 30, max_ttl: 30 });
    loseAnswers(1);
    await expect(mount.host.read("creds/a")).rejects.toMatchObject({ code: "upstream" });
    expect(mount.simulator.world.tokens).toHaveLength(2);
    await mount.host.advance(180);
    expect(mount.simulator.world.tokens).toHaveLength(1);
  });

  test("and has expired a day ago needs no call", async () => {
    await mount.host.write("role/a", { user_id: "user-12345abcde", ttl: 30, max_ttl: 30 });
    loseAnswers(1);
    await expect(mount.host.read("creds/a")).rejects.toMatchObject({ code: "upstream" });
    const before = mount.simulator.requests.length;
    mount.host.clock.set(mount.host.clock.now() + 25 * HOUR_MS);
    await mount.host.rollback();
    expect(mount.simulator.requests.length).toBe(before);
    expect(mount.host.storage.keys().filter((key) => key.startsWith("wal/"))).toEqual([]);
  });
});
