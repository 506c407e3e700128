import { type Simulator, startSimulator } from "@vault-ts/terraform-cloud/simulator";
import { startTestHost, type TestHost } from "@vault-ts/vault-plugin/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createBackend } from "./backend.ts";

let simulator: Simulator;
let host: TestHost;

beforeEach(async () => {
  simulator = await startSimulator();
  host = await startTestHost(createBackend);
  await host.write("config", { address: simulator.address, token: simulator.credentials.token });
});
afterEach(() => simulator.close());

const alive = (token: unknown) => simulator.world.tokens.some(({ text }) => text === token);

describe("what is stored", () => {
  test("is laid out as in HashiCorp's engine, with durations in nanoseconds", async () => {
    await host.write("config", { explicit_max_ttl: "1h" });
    await host.write("role/a", { user_id: "user-12345abcde", ttl: 60, max_ttl: "1h" });
    expect(host.storage.json("config")).toMatchObject({
      address: simulator.address,
      base_path: "/api/v2/",
      token: simulator.credentials.token,
      explicit_max_ttl: 3_600_000_000_000,
      token_owner_type: "user",
      owner_id: "user-12345abcde",
    });
    expect(host.storage.json("role/a")).toMatchObject({
      name: "a",
      user_id: "user-12345abcde",
      ttl: 60_000_000_000,
      max_ttl: 3_600_000_000_000,
    });
  });

  test("by HashiCorp's engine is read", async () => {
    host.storage.putJson("config", {
      token: simulator.credentials.token,
      address: simulator.address,
      base_path: "/api/v2/",
    });
    host.storage.putJson("role/old", {
      name: "old",
      user_id: "user-12345abcde",
      ttl: 60_000_000_000,
      max_ttl: 0,
    });
    host.invalidate("config");
    expect(await host.read("role/old")).toMatchObject({ ttl: 60, effective_credential_type: "user" });
    expect((await host.request("read", "creds/old"))?.lease).toMatchObject({ ttl: 60 });
  });

  test("on another node is seen once this one is told", async () => {
    await host.write("role/a", { user_id: "user-12345abcde", ttl: 60 });
    expect(await host.read("role/a")).toMatchObject({ ttl: 60 });
    host.storage.putJson("role/a", { name: "a", user_id: "user-12345abcde", ttl: 90_000_000_000 });
    expect(await host.read("role/a")).toMatchObject({ ttl: 60 });
    host.invalidate("role/a");
    expect(await host.read("role/a")).toMatchObject({ ttl: 90 });
  });

  test("and can't be read is told, without what it holds", async () => {
    host.storage.putJson("role/broken", { name: "broken", ttl: "hunter2" });
    await expect(host.read("role/broken")).rejects.toMatchObject({
      code: "corrupt_entry",
      message: `the stored entry "role/broken" can't be read: ttl isn't valid`,
    });
  });

  test("keeps tokens where the seal wraps them", async () => {
    await host.write("role/o", { organization: simulator.credentials.organization });
    expect(host.storage.keys()).toContain("token/organization/hashicorp-vault-testing");
    expect(host.backend.specialPaths?.sealWrapStorage).toEqual(["config", "role/*", "token/*"]);
  });
});

describe("on a standby", () => {
  beforeEach(async () => {
    await host.write("role/user", { user_id: "user-12345abcde" });
    await host.write("role/stored", { organization: simulator.credentials.organization });
    host.system.standby = true;
  });

  test("a new token is refused before Terraform Cloud is called", async () => {
    const before = simulator.requests.length;
    await expect(host.read("creds/user")).rejects.toMatchObject({ code: "read_only" });
    await expect(host.write("rotate-role/stored")).rejects.toMatchObject({ code: "read_only" });
    await expect(host.write("config", { token: "new" })).rejects.toMatchObject({ code: "read_only" });
    expect(simulator.requests.length).toBe(before);
  });

  test("a stored token, roles and the configuration are served", async () => {
    expect(alive((await host.read("creds/stored"))?.["token"])).toBe(true);
    expect(await host.read("role/user")).toMatchObject({ name: "user" });
    expect(await host.read("config")).toMatchObject({ owner_id: "user-12345abcde" });
    await host.storage.delete("token/organization/hashicorp-vault-testing");
    host.invalidate("token/organization/hashicorp-vault-testing");
    await expect(host.read("creds/stored")).rejects.toMatchObject({ code: "read_only" });
  });
});

describe("a lease", () => {
  test("is never longer than its token", async () => {
    await host.write("role/a", { user_id: "user-12345abcde", ttl: 60, max_ttl: 120 });
    const issued = await host.request("read", "creds/a");
    const expiredAt = Date.parse(String(issued?.lease?.internal["expired_at"]));
    expect((expiredAt - Date.now()) / 1000).toBeGreaterThan(120);
    expect((expiredAt - Date.now()) / 1000).toBeLessThan(125.1);
    await host.write("role/a", { max_ttl: 0 });
    const renewed = await host.renew(issued?.lease);
    expect(renewed?.lease?.maxTtl).toBeLessThanOrEqual(125);
  });

  test("whose token is gone is revoked, and one whose token can't be seen is not", async () => {
    await host.write("role/a", { user_id: "user-12345abcde" });
    const [one, two] = [await host.request("read", "creds/a"), await host.request("read", "creds/a")];
    const token = simulator.world.tokens.find(({ text }) => text === one?.data?.["token"]);
    if (token) simulator.world.delete(token);
    await host.revoke(one?.lease);

    await host.write("config", { token: "without-rights", verify_connection: false });
    await expect(host.revoke(two?.lease)).rejects.toMatchObject({ code: "bad_request" });
    expect(alive(two?.data?.["token"])).toBe(true);
  });

  test("that is past its token's expiry is revoked without a call", async () => {
    await host.write("role/a", { user_id: "user-12345abcde" });
    const issued = await host.request("read", "creds/a");
    const before = simulator.requests.length;
    const lease = issued?.lease && {
      ...issued.lease,
      internal: { ...issued.lease.internal, expired_at: "2020-01-01T00:00:00.000Z" },
    };
    await host.revoke(lease);
    expect(simulator.requests.length).toBe(before);
  });

  test("of HashiCorp's engine, which keeps no expiry, is renewed and revoked", async () => {
    await host.write("role/a", { user_id: "user-12345abcde", ttl: 60 });
    const issued = await host.request("read", "creds/a");
    const { token_id } = issued?.data ?? {};
    const lease = host.addLease("creds/a", {
      ttl: 60,
      maxTtl: 0,
      renewable: true,
      internal: { secret_type: "terraform_token", token_id, role: "a" },
    });
    expect((await host.renew(lease))?.lease).toMatchObject({ ttl: 60 });
    await host.revoke(lease);
    expect(alive(issued?.data?.["token"])).toBe(false);
  });
});

describe("a stored token that a role of HashiCorp's engine carries", () => {
  const organization = "hashicorp-vault-testing";
  const owner = { type: "organizations", id: organization } as const;
  const carry = (name: string, token: string) =>
    host.storage.putJson(`role/${name}`, {
      name,
      organization,
      ttl: 0,
      max_ttl: 0,
      credential_type: "organization",
      token,
      token_id: "at-ofaTokenBefore",
    });
  const made = () => simulator.requests.filter(({ method }) => method === "POST");

  test("is handed out, with its own id, and none is made", async () => {
    const { id, text } = simulator.world.grant(owner, { description: null });
    carry("b-dead", "dead.atlasv1.token");
    carry("c-alive", text);
    for (const name of ["b-dead", "c-alive"]) {
      expect(await host.read(`creds/${name}`)).toMatchObject({ token: text, token_id: id, role: name });
    }
    await host.write("role/c-alive", { ttl: 60 });
    expect(await host.read("creds/b-dead")).toMatchObject({ token: text });
    expect(made()).toEqual([]);
  });

  test("is ended with its last role", async () => {
    const { text } = simulator.world.grant(owner, { description: null });
    carry("a", text);
    await host.request("delete", "role/a");
    expect(alive(text)).toBe(false);
  });

  test("of a team wins over the organization's", async () => {
    const team_id = simulator.credentials.teamId;
    const { text } = simulator.world.grant({ type: "teams", id: team_id }, { description: null });
    host.storage.putJson("role/both", {
      name: "both",
      organization,
      team_id,
      credential_type: "organization",
      token: text,
    });
    expect(await host.read("creds/both")).toMatchObject({ token: text, team_id, organization });
  });

  test("is replaced if it is dead, and not if that can't be found out", async () => {
    carry("a", "dead.atlasv1.token");
    expect(alive((await host.read("creds/a"))?.["token"])).toBe(true);
    expect(made()).toHaveLength(1);

    host.storage.putJson("role/t", { name: "t", team_id: "team-1", token: "perhaps.atlasv1.alive" });
    await simulator.close();
    await expect(host.read("creds/t")).rejects.toMatchObject({ code: "upstream" });
    expect(host.storage.keys()).not.toContain("token/team/team-1");
  });

  test("is told to live on when the mount has no token to end it with", async () => {
    carry("a", "perhaps.atlasv1.alive");
    await host.request("delete", "config");
    expect((await host.request("delete", "role/a"))?.warnings).toHaveLength(1);
  });
});

describe("the last role of an owner", () => {
  const { organization } = { organization: "hashicorp-vault-testing" };
  beforeEach(() => host.write("role/a", { organization }));

  test("stays, with its token, while Terraform Cloud can't be told", async () => {
    await simulator.close();
    await expect(host.request("delete", "role/a")).rejects.toMatchObject({ code: "upstream" });
    await expect(host.write("role/a", { organization: "", user_id: "user-1" })).rejects.toMatchObject({
      code: "upstream",
    });
    expect(await host.read("role/a")).toMatchObject({ organization });
    expect(host.storage.keys()).toContain(`token/organization/${organization}`);
  });

  test("goes with a warning when the mount has no token to end the owner's with", async () => {
    await host.request("delete", "config");
    const answer = await host.request("delete", "role/a");
    expect(answer?.warnings).toEqual([
      `the token of organization ${organization} lives on at Terraform Cloud: this mount has no token to end it with`,
    ]);
    expect(host.storage.keys()).toEqual([]);
  });
});

test("a client that has gone leaves no token", async () => {
  await host.write("role/a", { user_id: "user-12345abcde" });
  const before = simulator.world.tokens.length;
  const creds = host.backend.paths.find((path) => path.match("creds/a"));
  const signal = AbortSignal.abort();
  const context = { params: { name: "a" }, input: {}, signal, request: {} as never };
  await expect(creds?.handlers.read?.(context)).rejects.toMatchObject({ code: "upstream_timeout" });
  expect(simulator.world.tokens.length).toBe(before);
});

test("first writes at once make one token", async () => {
  const { organization } = simulator.credentials;
  await Promise.all(["a", "b", "c"].map((name) => host.write(`role/${name}`, { organization })));
  const made = simulator.requests.filter(
    ({ method, path }) => method === "POST" && path.includes(organization),
  );
  expect(made).toHaveLength(1);
});

test("a role of an owner that Terraform Cloud doesn't know is not stored", async () => {
  await expect(host.write("role/a", { organization: "unknown" })).rejects.toMatchObject({
    code: "bad_request",
    message: "Terraform Cloud refused to make the token of organization unknown: 404 not found",
  });
  expect(host.storage.keys()).toEqual(["config"]);
});

test("nothing that is logged or refused has a token in it", async () => {
  await host.write("role/o", { organization: simulator.credentials.organization });
  const stored = (await host.read("creds/o"))?.["token"];
  await simulator.close();
  const refusals = await Promise.all(
    [host.write("rotate-role/o"), host.write("config", { token: simulator.credentials.token })].map(
      (refused) =>
        refused.then(
          () => "",
          (error: Error) => `${error.message} ${error.stack} ${JSON.stringify(error.cause)}`,
        ),
    ),
  );
  const text = [...host.logs, ...refusals].join("\n");
  expect(refusals.every((refusal) => refusal !== "")).toBe(true);
  expect(text).not.toContain(String(stored));
  expect(text).not.toContain(simulator.credentials.token);
});

describe("a token that was made in vain", () => {
  const organization = "hashicorp-vault-testing";
  /** The answers to requests that make tokens get lost, so many times. */
  const loseAnswers = (times: number) => {
    let left = times;
    simulator.onRequest = ({ method, moment }) => {
      if (method !== "POST" || moment !== "acted" || left === 0) return;
      left -= 1;
      simulator.cutConnections();
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
    await host.write("role/a", role);
    const before = simulator.world.tokens.length;
    loseAnswers(1);
    await expect(host.read("creds/a")).rejects.toMatchObject({ code: "upstream" });
    expect(simulator.world.tokens.length).toBe(before + 1);
    await host.advance(180);
    expect(simulator.world.tokens.length).toBe(before);
    expect(host.storage.keys().filter((key) => key.startsWith("wal/"))).toEqual([]);
  });

  test("of a team is looked for in the organization that the mount's own token is of", async () => {
    const own = simulator.world.grant({ type: "organizations", id: organization }, { description: null });
    await host.write("config", { token: own.text });
    await host.write("role/a", { team_id: "team-TUfzPAhqQ7xbfVwR", credential_type: "team" });
    loseAnswers(1);
    await expect(host.read("creds/a")).rejects.toMatchObject({ code: "upstream" });
    const before = simulator.world.tokens.length;
    await host.advance(180);
    expect(simulator.world.tokens.length).toBe(before - 1);
    expect(simulator.requests.filter(({ path }) => /\/teams\/[^/]+$/.test(path))).toEqual([]);
  });

  test("for an organization is made once more at once", async () => {
    await host.write("role/a", { organization });
    loseAnswers(1);
    await host.write("rotate-role/a");
    expect(alive((await host.read("creds/a"))?.["token"])).toBe(true);
  });

  test("for an organization, again and again, is made anew by the rollback", async () => {
    await host.write("role/a", { organization });
    loseAnswers(2);
    await expect(host.write("rotate-role/a")).rejects.toMatchObject({ code: "upstream" });
    expect(alive((await host.read("creds/a"))?.["token"])).toBe(false);
    await host.advance(180);
    expect(alive((await host.read("creds/a"))?.["token"])).toBe(true);
  });

  test("that Terraform Cloud refused to make isn't looked for", async () => {
    await host.write("role/a", { user_id: "user-V3R563qtJNcExAkN" });
    await expect(host.read("creds/a")).rejects.toMatchObject({ code: "bad_request" });
    expect(host.storage.keys().filter((key) => key.startsWith("wal/"))).toEqual([]);
  });

  test("and can't be seen by the configured token any more is told of, and left to its expiry", async () => {
    await host.write("role/a", { user_id: "user-12345abcde" });
    loseAnswers(1);
    await expect(host.read("creds/a")).rejects.toMatchObject({ code: "upstream" });
    const other = simulator.world.grant(
      { type: "users", id: "user-V3R563qtJNcExAkN" },
      { description: "other" },
    );
    await host.write("config", { token: other.text });
    await host.advance(180);
    expect(host.logs.at(-1)).toContain("can only be ended by a token of its user");
    expect(host.storage.keys().filter((key) => key.startsWith("wal/"))).toEqual([]);
  });

  test("and has expired meanwhile needs no call", async () => {
    await host.write("role/a", { user_id: "user-12345abcde", ttl: 30, max_ttl: 30 });
    loseAnswers(1);
    await expect(host.read("creds/a")).rejects.toMatchObject({ code: "upstream" });
    const before = simulator.requests.length;
    await host.advance(180);
    expect(simulator.requests.length).toBe(before);
  });
});

describe("a mount that is configured with the organization's own token", () => {
  const organization = "hashicorp-vault-testing";
  beforeEach(async () => {
    const own = simulator.world.grant({ type: "organizations", id: organization }, { description: null });
    await host.write("config", { token: own.text });
    await host.write("role/a", { organization });
  });

  test("goes on with the new one when it is made and rotated", async () => {
    await host.write("rotate-role/a");
    await host.write("rotate-role/a");
    const { token, token_id } = (await host.read("creds/a")) ?? {};
    expect(alive(token)).toBe(true);
    expect(host.storage.json("config")).toMatchObject({ token, token_id });
  });

  test("keeps it when the last role goes, and says so", async () => {
    const answer = await host.request("delete", "role/a");
    expect(answer?.warnings).toEqual([
      `the token of organization ${organization} lives on at Terraform Cloud: it is the one that this mount is configured with`,
    ]);
    await host.advance(180);
    await host.write("role/a", { organization });
    expect(alive((await host.read("creds/a"))?.["token"])).toBe(true);
  });
});

describe("a warning tells", () => {
  const organization = "hashicorp-vault-testing";
  const DAY_MS = 24 * 3600 * 1000;

  test("of a ttl that the mount's maximum cuts short, to the role's writer and with each lease", async () => {
    host.system.maxLeaseTtl = 600;
    const cut = ["a lease lasts 600 seconds, and not the role's ttl of 3600: the mount's maximum is less"];
    const user_id = "user-12345abcde";
    expect((await host.write("role/a", { user_id, ttl: 3600 }))?.warnings).toEqual(cut);
    const issued = await host.request("read", "creds/a");
    expect(issued?.warnings).toEqual(cut);
    expect(issued?.lease?.ttl).toBe(600);
  });

  test("of a max_ttl that the configuration cuts short", async () => {
    await host.write("config", { explicit_max_ttl: 300 });
    const user_id = "user-12345abcde";
    expect((await host.write("role/a", { user_id, ttl: 60, max_ttl: 3600 }))?.warnings).toEqual([
      "a lease lasts 300 seconds at most, and not the role's max_ttl of 3600: explicit_max_ttl of config is less",
    ]);
    expect(await host.write("role/b", { user_id, ttl: 60, max_ttl: 300 })).toBeUndefined();
  });

  test("of a token that the first role of an organization has ended", async () => {
    const { id, text } = simulator.world.grant(
      { type: "organizations", id: organization },
      { description: null },
    );
    expect((await host.write("role/a", { organization }))?.warnings).toEqual([
      `organization ${organization} had a token, ${id}, which has ended with this: whoever uses it needs the new one`,
    ]);
    expect(alive(text)).toBe(false);
    expect(await host.write("role/b", { organization })).toBeUndefined();
  });

  test("of a configured token that will expire soon", async () => {
    const soon = new Date(host.clock.now() + 29 * DAY_MS);
    const own = simulator.world.grant(
      { type: "users", id: "user-12345abcde" },
      { description: "soon", expiredAt: soon },
    );
    const told = [`the token of this mount expires at ${soon.toISOString()}: write another to config`];
    expect((await host.write("config", { token: own.text }))?.warnings).toEqual(told);
    expect((await host.request("read", "config"))?.warnings).toEqual(told);
  });

  test("of a stored token that will expire soon", async () => {
    await host.write("role/a", { organization });
    expect((await host.request("read", "creds/a"))?.warnings).toEqual([]);
    host.clock.set(host.clock.now() + 720 * DAY_MS);
    expect((await host.request("read", "creds/a"))?.warnings).toEqual([
      expect.stringMatching(/^this token expires at .*: write to rotate-role\/a$/),
    ]);
  });
});

test("a token that has expired already is not handed out", async () => {
  await host.write("role/a", { user_id: "user-12345abcde", ttl: 60, max_ttl: 60 });
  simulator.onRequest = ({ method, moment }) => {
    if (method === "POST" && moment === "acted") host.clock.set(host.clock.now() + 65_000);
  };
  await expect(host.read("creds/a")).rejects.toMatchObject({
    code: "upstream",
    message: expect.stringContaining("check the clocks"),
  });
});
