import { startTestHost, type TestHost } from "@vault-ts/vault-plugin/testing";
import { describe, expect, test } from "vitest";
import { createBackend } from "../backend.ts";
import { useMount } from "../testing-fixtures/use-mount.ts";

const mount = useMount();
const organization = "hashicorp-vault-testing";
const team_id = "team-TUfzPAhqQ7xbfVwR";
const HOUR = 3600;
const ROLES = {
  user: { user_id: "user-12345abcde" },
  team: { team_id, credential_type: "team" },
  agent: { agent_pool_id: "apool-yoGUFz5zcRMMz53i" },
  metrics: { organization, credential_type: "metrics" },
} as const;
const KINDS = Object.entries(ROLES);
const OWNERS: Readonly<Record<string, string>> = {
  user: "user/user-12345abcde",
  team: `team/${team_id}`,
  agent: "agent_pool/apool-yoGUFz5zcRMMz53i",
  metrics: `organization/${organization}`,
};

const ids = () => mount.simulator.world.tokens.map(({ id }) => id);
const tidy = async (data: Readonly<Record<string, unknown>> = {}, host: TestHost = mount.host) =>
  await host.write("tidy", data);
const DELETE = { dry_run: false, min_age: 0 } as const;
const leaseKeys = () => mount.host.storage.keys().filter((key) => key.startsWith("lease/"));

/** Lets seconds pass on both servers. */
function pass(seconds: number): void {
  mount.host.clock.set(mount.host.clock.now() + seconds * 1000);
  mount.simulator.world.clockOffsetMs += seconds * 1000;
}

/** Tokens that were issued after a snapshot that is restored then: no lease holds them. */
async function orphan(
  role: Readonly<Record<string, unknown>>,
  count = 1,
): Promise<readonly string[]> {
  await mount.host.write("role/a", role);
  await mount.host.read("creds/a");
  pass(5);
  const snapshot = mount.host.snapshot();
  const orphans: string[] = [];
  for (let issued = 0; issued < count; issued += 1) {
    orphans.push(String((await mount.host.read("creds/a"))?.["token_id"]));
  }
  await mount.host.restore(snapshot);
  return orphans;
}

describe.for(KINDS)("after a snapshot was restored, a token of type %s", ([kind, role]) => {
  test("is listed, and deleted only with dry_run=false; tokens of the snapshot stay", async () => {
    const [id = ""] = await orphan(role);
    const before = ids();
    const token = mount.simulator.world.tokens.find((each) => each.id === id);
    const dry = await tidy({ min_age: 0 });
    expect(dry).toMatchObject({
      data: {
        found: 1,
        deleted: 0,
        failed: 0,
        tokens: [
          {
            id,
            kind,
            owner: OWNERS[kind],
            description: token?.description,
            created_at: token?.createdAt.toISOString(),
          },
        ],
        searched: [OWNERS[kind]],
      },
      warnings: [],
    });
    expect(ids()).toEqual(before);
    expect((await tidy(DELETE))?.data).toMatchObject({ found: 1, deleted: 1, failed: 0 });
    expect(ids()).toEqual(before.filter((each) => each !== id));
    expect((await tidy(DELETE))?.data).toMatchObject({ found: 0, deleted: 0, tokens: [] });
    await mount.host.revoke(mount.host.leases[0]);
  });
});

test("many tokens of teams are deleted in one call", async () => {
  await orphan(ROLES.team, 5);
  const before = mount.simulator.requests.length;
  expect((await tidy(DELETE))?.data).toMatchObject({ found: 5, deleted: 5, failed: 0 });
  const deletions = mount.simulator.requests
    .slice(before)
    .filter(({ method }) => method === "DELETE");
  expect(deletions.map(({ path }) => path)).toEqual([
    `/api/v2/organizations/${organization}/team-tokens`,
  ]);
});

test("if the bulk call fails, each is deleted by a call of its own", async () => {
  const orphans = await orphan(ROLES.team, 3);
  mount.simulator.fault = ({ method, path }) =>
    method === "DELETE" && path.endsWith("team-tokens") ? "proxy 404" : undefined;
  expect((await tidy(DELETE))?.data).toMatchObject({ found: 3, deleted: 3, failed: 0 });
  expect(ids().filter((id) => orphans.includes(id))).toEqual([]);
});

test("one that can't be deleted is counted and reported, and the others are deleted", async () => {
  const [first, second] = await orphan(ROLES.user, 2);
  mount.simulator.fault = ({ method, path }) =>
    method === "DELETE" && path.endsWith(String(first)) ? "redirect" : undefined;
  const { data, warnings } = (await tidy(DELETE)) ?? {};
  expect(data).toMatchObject({ found: 2, deleted: 1, failed: 1 });
  expect(warnings).toEqual([
    expect.stringMatching(/^deleting orphaned tokens failed: .*redirect.*; run tidy again$/),
  ]);
  expect([ids().includes(String(first)), ids().includes(String(second))]).toEqual([true, false]);
});

describe("a token is left alone", () => {
  test("that is younger than min_age, an hour by default", async () => {
    await orphan(ROLES.user);
    expect((await tidy({ dry_run: false }))?.data).toMatchObject({ found: 0 });
    expect((await tidy({ dry_run: false, min_age: 60 }))?.data).toMatchObject({ found: 0 });
    pass(HOUR + 5);
    expect((await tidy({ dry_run: false }))?.data).toMatchObject({ found: 1, deleted: 1 });
  });

  test("that a lease has, or a creation of unknown outcome", async () => {
    await mount.host.write("role/a", ROLES.user);
    await mount.host.read("creds/a");
    mount.simulator.fault = ({ method, path }) =>
      method === "POST" ? "cut after" : path.includes("page") ? "server error" : undefined;
    await expect(mount.host.read("creds/a")).rejects.toThrow();
    mount.simulator.fault = undefined;
    const before = ids();
    expect(before).toHaveLength(4);
    expect((await tidy(DELETE))?.data).toMatchObject({ found: 0 });
    expect(ids()).toEqual(before);
  });

  test("whose lease's entry can't be read", async () => {
    await mount.host.write("role/a", ROLES.user);
    await mount.host.read("creds/a");
    for (const key of leaseKeys()) mount.host.storage.putJson(key, { state: "lost" });
    expect((await tidy(DELETE))?.data).toMatchObject({ found: 0 });
  });

  test("that a WAL entry or config refers to", async () => {
    const [byId = "", byTag = "", own = ""] = await orphan(ROLES.user, 3);
    const { world } = mount.simulator;
    const tag = world.tokens.find(({ id }) => id === byTag)?.description;
    const put = (id: string, data: unknown) =>
      mount.host.storage.putJson(`wal/${id}`, { type: "another", data, created_at: 0 });
    put("1", { token_id: byId });
    put("2", { tag });
    await mount.host.write("config", { token: world.tokens.find(({ id }) => id === own)?.text });
    expect((await tidy(DELETE))?.data).toMatchObject({ found: 0 });
  });

  test("that lacks the mount's tag", async () => {
    await mount.host.write("role/a", ROLES.user);
    await mount.host.read("creds/a");
    const to = { type: "users", id: "user-12345abcde" } as const;
    for (const description of [
      "",
      "by hand",
      "vault-99999999-0123456789abcdef",
      "vault-11111111-x",
    ]) {
      mount.simulator.world.grant(to, { description });
    }
    expect((await tidy(DELETE))?.data).toMatchObject({ found: 0 });
  });

  test("that another mount of the same organization has issued, orphaned or not", async () => {
    const { simulator } = mount;
    const other = await startTestHost(createBackend, {
      uuid: "99999999-2222-3333-4444-555555555555",
    });
    await other.write("config", { address: simulator.address, token: simulator.credentials.token });
    await other.write("role/a", ROLES.team);
    const empty = other.snapshot();
    for (let issued = 0; issued < 2; issued += 1) await other.read("creds/a");
    await orphan(ROLES.team);
    expect((await tidy(DELETE))?.data).toMatchObject({ found: 1, deleted: 1 });
    expect((await tidy(DELETE, other))?.data).toMatchObject({ found: 0 });
    expect(ids()).toHaveLength(4);

    // The other one is disabled by force: a mount that takes its place is another mount, and so are
    // its tokens.
    const heir = await startTestHost(createBackend, {
      uuid: "88888888-2222-3333-4444-555555555555",
    });
    await heir.restore({ ...empty, leases: new Map() });
    expect((await tidy(DELETE, heir))?.data).toMatchObject({ found: 0 });
    expect(ids()).toHaveLength(4);
  });

  test("that was issued before leases had entries", async () => {
    const to = { type: "users", id: "user-12345abcde" } as const;
    mount.simulator.world.grant(to, { description: "vault-11111111-0123456789abcdef" });
    pass(10);
    await mount.host.write("role/a", ROLES.user);
    const answer = {
      data: { found: 0, deleted: 0 },
      warnings: [
        expect.stringMatching(/^tokens not deleted: 1; leases that version 0\.1\.0 issued/),
      ],
    };
    expect(await tidy(DELETE)).toMatchObject(answer);
    await mount.host.read("creds/a");
    expect(await tidy(DELETE)).toMatchObject(answer);
  });
});

describe("after leases were revoked with -force", () => {
  test("a token without an expiry is found after the maximum TTL of its lease", async () => {
    await mount.host.write("role/a", { ...ROLES.agent, ttl: HOUR, max_ttl: 2 * HOUR });
    const { token_id } = (await mount.host.read("creds/a")) ?? {};
    await mount.host.restore({ ...mount.host.snapshot(), leases: new Map() });
    expect((await tidy(DELETE))?.data).toMatchObject({ found: 0 });
    await mount.host.advance(2 * HOUR + 10);
    expect((await tidy(DELETE))?.data).toMatchObject({
      found: 1,
      deleted: 1,
      tokens: [{ id: token_id }],
    });
    expect(ids()).toHaveLength(1);
    expect(leaseKeys()).toEqual([]);
  });

  test("a token of a lease that was renewed with a higher max_ttl stays for as long", async () => {
    await mount.host.write("role/a", { ...ROLES.agent, ttl: HOUR, max_ttl: HOUR });
    await mount.host.read("creds/a");
    await mount.host.write("role/a", { ttl: 3 * HOUR, max_ttl: 3 * HOUR });
    await mount.host.renew(mount.host.leases[0], 3 * HOUR);
    await mount.host.advance(2 * HOUR);
    expect((await tidy(DELETE))?.data).toMatchObject({ found: 0 });
    expect(ids()).toHaveLength(2);
  });

  test("the entries of expired tokens are removed, and no others", async () => {
    await mount.host.write("role/a", { ...ROLES.user, ttl: 60, max_ttl: 60 });
    await mount.host.write("role/b", { ...ROLES.user, ttl: HOUR, max_ttl: HOUR });
    for (const name of ["a", "b"]) await mount.host.read(`creds/${name}`);
    await mount.host.restore({ ...mount.host.snapshot(), leases: new Map() });
    await mount.host.advance(120);
    mount.simulator.world.clockOffsetMs = 120_000;
    expect((await tidy({ min_age: 0 }))?.data).toMatchObject({ found: 0 });
    expect(leaseKeys()).toHaveLength(2);
    await tidy(DELETE);
    expect(leaseKeys()).toHaveLength(1);
  });
});

test("an owner that can't be searched is reported, and the others are searched", async () => {
  await orphan(ROLES.user);
  await mount.host.write("role/b", { team_id: "team-none", credential_type: "team" });
  const { data, warnings } = (await tidy(DELETE)) ?? {};
  expect(data).toMatchObject({ found: 1, deleted: 1, searched: ["user/user-12345abcde"] });
  expect(warnings).toEqual([
    `finding orphaned tokens of team "team-none" failed: it doesn't exist, or the mount's token lacks permission to manage its tokens`,
  ]);
});

test("an owner that only a lease names is searched too", async () => {
  await orphan(ROLES.team);
  await mount.host.request("delete", "role/a");
  expect((await tidy(DELETE))?.data).toMatchObject({
    found: 1,
    deleted: 1,
    searched: [`team/${team_id}`],
  });
});

test("tidy runs only on the active node", async () => {
  mount.host.system.standby = true;
  await expect(tidy()).rejects.toMatchObject({ code: "read_only" });
});

describe("on the primary of performance replication", () => {
  const SHARED =
    "this mount is replicated, and leases of other clusters may use these tokens; delete one at Terraform Cloud when no cluster has a lease of its role";

  /** A token that a secondary has issued: its lease's entry isn't replicated. */
  async function issueOnSecondary(): Promise<unknown> {
    await mount.host.write("role/a", ROLES.agent);
    const secondary = await startTestHost(createBackend);
    await secondary.restore(mount.host.snapshot());
    mount.host.system.performance = "primary";
    mount.host.system.hostMetadata = "ent.hsm";
    secondary.system.performance = "secondary";
    return (await secondary.read("creds/a"))?.["token"];
  }

  test("tokens of other clusters' leases are never deleted, and listed with a warning", async () => {
    const token = await issueOnSecondary();
    await expect(tidy(DELETE)).rejects.toMatchObject({
      code: "bad_request",
      message: `deleting orphaned tokens failed: ${SHARED}`,
    });
    const { data, warnings } = (await tidy({ min_age: 0 })) ?? {};
    expect(data).toMatchObject({ found: 1, deleted: 0 });
    expect(warnings).toEqual([SHARED]);
    expect(mount.isAlive(token)).toBe(true);
  });

  test("a local mount deletes its orphaned tokens as any other", async () => {
    await orphan(ROLES.agent);
    mount.host.system.performance = "primary";
    mount.host.system.hostMetadata = "ent";
    mount.host.system.localMount = true;
    const { data, warnings } = (await tidy(DELETE)) ?? {};
    expect(data).toMatchObject({ found: 1, deleted: 1 });
    expect(warnings).toEqual([]);
  });

  test("an OpenBao cluster, which has no secondaries, deletes orphaned tokens as any other", async () => {
    await orphan(ROLES.agent);
    mount.host.system.performance = "primary";
    expect((await tidy(DELETE))?.data).toMatchObject({ found: 1, deleted: 1 });
  });
});

test("creds that are read during a tidy keep their tokens", async () => {
  await orphan(ROLES.team, 2);
  const reads: Promise<unknown>[] = [];
  mount.simulator.onRequest = ({ method, moment }) => {
    if (moment === "acted" && method === "GET" && reads.length < 5)
      reads.push(mount.host.read("creds/a"));
  };
  expect((await tidy(DELETE))?.data).toMatchObject({ deleted: 2 });
  mount.simulator.onRequest = undefined;
  const creds = (await Promise.all(reads)) as { token: string }[];
  expect(creds.length).toBeGreaterThan(1);
  expect(creds.filter(({ token }) => !mount.isAlive(token))).toEqual([]);
});

test("a lease keeps its token until its end, however long the creation took", async () => {
  await mount.host.write("role/a", { ...ROLES.agent, ttl: 600, max_ttl: 600 });
  mount.simulator.onRequest = ({ method, moment }) => {
    if (method === "POST" && moment === "received") pass(25);
  };
  const creds = await mount.host.read("creds/a");
  mount.simulator.onRequest = undefined;
  pass(590);
  await tidy(DELETE);
  expect(mount.isAlive(creds?.["token"])).toBe(true);
  pass(20);
  await tidy(DELETE);
  expect(mount.isAlive(creds?.["token"])).toBe(false);
});

test("a lease entry costs two writes at issue and one deletion at revocation", async () => {
  await mount.host.write("role/a", ROLES.user);
  await mount.host.read("creds/a");
  const calls: string[] = [];
  mount.host.storage.onCall = ({ operation, key }) =>
    void calls.push(`${operation} ${key.slice(0, 6)}`);
  await mount.host.read("creds/a");
  await mount.host.revoke(mount.host.leases[1]);
  expect(calls.filter((call) => /^(?:put|delete|get|list) lease/.test(call))).toEqual([
    "put lease/",
    "put lease/",
    "delete lease/",
  ]);
});
