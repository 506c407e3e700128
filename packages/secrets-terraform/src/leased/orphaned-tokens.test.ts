import { beforeEach, describe, expect, test } from "vitest";
import { useMount } from "../testing-fixtures/use-mount.ts";

const HOUR_MS = 3600_000;
const mount = useMount();
const organization = "hashicorp-vault-testing";
const team_id = "team-TUfzPAhqQ7xbfVwR";
const tokens = () => mount.simulator.world.tokens;
const lists = () =>
  mount.simulator.requests.filter(({ method, path }) => method === "GET" && path.includes("page"));

/** Neither the answer to a creation arrives, nor the list that would find the token. */
function loseCreations(times = Number.POSITIVE_INFINITY): void {
  let left = times;
  mount.simulator.fault = ({ method, path }) => {
    if (path.includes("page")) return "server error";
    if (method !== "POST" || left === 0) return undefined;
    left -= 1;
    return "cut after";
  };
}

/** Creds are read while their creation gets lost. */
async function loseCreds(role = "a"): Promise<void> {
  loseCreations();
  await expect(mount.host.read(`creds/${role}`)).rejects.toMatchObject({ code: "upstream" });
  mount.simulator.fault = undefined;
}

describe("a creation whose response is lost", () => {
  test.for([
    ["a user", { user_id: "user-12345abcde" }],
    ["a team", { team_id, credential_type: "team" }],
  ] as const)("is reconciled at once and tried again: for %s", async ([, role]) => {
    await mount.host.write("role/a", role);
    mount.loseAnswers(1);
    const creds = await mount.host.read("creds/a");
    expect(mount.isAlive(creds?.["token"])).toBe(true);
    expect(tokens()).toHaveLength(2);
    expect(mount.uncommitted()).toEqual([]);
  });

  test("and whose token isn't found is tried again with another tag", async () => {
    await mount.host.write("role/a", { user_id: "user-12345abcde" });
    loseCreations(1);
    const creds = await mount.host.read("creds/a");
    expect(mount.isAlive(creds?.["token"])).toBe(true);
    expect(tokens()).toHaveLength(3);
    mount.simulator.fault = undefined;
    await mount.host.advance(180);
    expect(tokens()).toHaveLength(2);
    expect(mount.isAlive(creds?.["token"])).toBe(true);
  });

  test("twice fails, and leaves no token", async () => {
    await mount.host.write("role/a", { user_id: "user-12345abcde" });
    mount.loseAnswers();
    await expect(mount.host.read("creds/a")).rejects.toMatchObject({ code: "upstream" });
    expect(tokens()).toHaveLength(1);
    expect(mount.uncommitted()).toEqual([]);
  });

  test("and that took all of request_timeout isn't tried again", async () => {
    await mount.host.write("config", { request_timeout: 1 });
    await mount.host.write("role/a", { user_id: "user-12345abcde" });
    mount.simulator.fault = ({ method }) => (method === "POST" ? "hang after" : undefined);
    await expect(mount.host.read("creds/a")).rejects.toMatchObject({ code: "upstream_timeout" });
    expect(tokens()).toHaveLength(2);
    mount.simulator.fault = undefined;
    await mount.host.advance(180);
    expect(tokens()).toHaveLength(1);
  });

  test("and that was rejected isn't searched for", async () => {
    await mount.host.write("role/a", { user_id: "user-V3R563qtJNcExAkN" });
    await expect(mount.host.read("creds/a")).rejects.toMatchObject({
      code: "bad_request",
      message:
        'creating a token for user "user-V3R563qtJNcExAkN" failed: 404 not found; only a token of the same user can create its tokens',
    });
    expect(mount.uncommitted()).toEqual([]);
  });
});

describe("an orphaned token", () => {
  test.for([
    ["of a user", { user_id: "user-12345abcde" }],
    ["of a team", { team_id, credential_type: "team" }],
    ["of a team whose organization is named", { team_id, credential_type: "team", organization }],
  ] as const)("%s is found by its tag, and deleted", async ([, role]) => {
    await mount.host.write("role/a", role);
    await loseCreds();
    expect(tokens()).toHaveLength(3);
    await mount.host.advance(180);
    expect(tokens()).toHaveLength(1);
    expect(mount.uncommitted()).toEqual([]);
  });

  test("is found by a new process", async () => {
    await mount.host.write("role/a", { user_id: "user-12345abcde" });
    await loseCreds();
    await mount.host.restart();
    await mount.host.advance(180);
    expect(tokens()).toHaveLength(1);
    expect(mount.uncommitted()).toEqual([]);
  });

  test("that version 0.1.0 left behind is found by its tag", async () => {
    const tag = "vault-11111111-0123456789abcdef";
    mount.simulator.world.grant(
      { type: "users", id: "user-12345abcde" },
      { description: `old ${tag}` },
    );
    const data = {
      type: "user",
      id: "user-12345abcde",
      organization: "",
      tag,
      expired_at: "2099-01-01T00:00:00Z",
    };
    const created_at = mount.host.clock.now() / 1000;
    mount.host.storage.putJson("wal/old", { type: "leased_token", data, created_at });
    await mount.host.advance(180);
    expect(tokens()).toHaveLength(1);
  });

  test("that Terraform Cloud creates minutes later is found then", async () => {
    await mount.host.write("role/a", { user_id: "user-12345abcde" });
    mount.simulator.fault = ({ method }) => (method === "POST" ? "cut before" : undefined);
    await expect(mount.host.read("creds/a")).rejects.toMatchObject({ code: "upstream" });
    mount.simulator.fault = undefined;
    const [tag = ""] = mount.uncommitted().map((key) => key.slice("lease/".length));
    await mount.host.advance(240);
    mount.simulator.world.grant({ type: "users", id: "user-12345abcde" }, { description: tag });
    await mount.host.advance(120);
    expect(tokens()).toHaveLength(1);
    expect(mount.uncommitted()).toHaveLength(1);
    await mount.host.advance(600);
    expect(mount.uncommitted()).toEqual([]);
  });

  test("isn't searched for while its creation is in progress, whatever the clock says", async () => {
    await mount.host.write("role/a", { user_id: "user-12345abcde", ttl: 60 });
    let rolledBack: Promise<void> | undefined;
    mount.simulator.onRequest = async ({ method, moment }) => {
      if (method !== "POST" || moment !== "acted") return;
      mount.host.clock.set(mount.host.clock.now() + HOUR_MS);
      rolledBack = mount.host.rollback();
      await rolledBack;
      mount.host.clock.set(mount.host.clock.now() - HOUR_MS);
    };
    const creds = await mount.host.read("creds/a");
    expect(rolledBack).toBeDefined();
    expect(mount.isAlive(creds?.["token"])).toBe(true);
  });

  test("of a team is searched for in the organization of the mount's own token", async () => {
    mount.simulator.edition = "europe";
    const own = mount.simulator.world.grant(
      { type: "organizations", id: organization },
      { description: null },
    );
    await mount.host.write("config", { token: own.text });
    await mount.host.write("role/a", { team_id, credential_type: "team" });
    await loseCreds();
    await mount.host.advance(180);
    expect(tokens().filter(({ owner }) => owner.type === "teams")).toEqual([]);
  });

  test("of a team is searched for in the team's organization, whatever its role says", async () => {
    await mount.host.write("role/a", { team_id, credential_type: "team" });
    const role = mount.host.storage.json("role/a") as object;
    mount.host.storage.putJson("role/a", { ...role, organization: "another" });
    mount.host.invalidate("role/a");
    await loseCreds();
    await mount.host.advance(180);
    expect(tokens()).toHaveLength(1);
  });

  test("among many others needs no list of its own", async () => {
    const ids = ["a", "b"];
    await mount.host.write("role/a", { team_id, credential_type: "team" });
    await mount.host.write("role/b", {
      team_id: "team-4q2Xt8vMYVbdJNGk",
      credential_type: "team",
      organization,
    });
    for (const id of [...ids, ...ids, ...ids]) await loseCreds(id);
    const before = lists().length;
    await mount.host.advance(180);
    expect(tokens()).toHaveLength(1);
    expect(lists().length - before).toBe(1);
  });

  test("of an owner whose list fails delays no other", async () => {
    await mount.host.write("role/a", { team_id, credential_type: "team" });
    await mount.host.write("role/b", { user_id: "user-12345abcde" });
    await loseCreds("a");
    await loseCreds("b");
    mount.simulator.fault = ({ path }) =>
      path.includes("/team-tokens") ? "server error" : undefined;
    await mount.host.advance(180);
    expect(tokens().filter(({ owner }) => owner.type === "users")).toHaveLength(1);
    expect(mount.host.logs.at(-1)).toContain(
      `finding orphaned tokens failed {"owner":"team \\"${team_id}\\""`,
    );
    mount.simulator.fault = undefined;
    await mount.host.advance(60);
    expect(tokens()).toHaveLength(1);
  });

  test("stays until the mount has a token to search with", async () => {
    await mount.host.write("role/a", { user_id: "user-12345abcde" });
    await loseCreds();
    await mount.host.request("delete", "config");
    await mount.host.advance(1200);
    const told = mount.host.logs.filter((line) => line.includes("this mount has no token"));
    expect(told).toEqual([expect.stringMatching(/it is retried when it has one \{"entries":2\}$/)]);
    const { address, credentials } = mount.simulator;
    await mount.host.write("config", { address, token: credentials.token });
    await mount.host.advance(60);
    expect(tokens()).toHaveLength(1);
    expect(mount.uncommitted()).toEqual([]);
  });

  test.for([
    [
      "of another user",
      { type: "users", id: "user-V3R563qtJNcExAkN" },
      { user_id: "user-12345abcde" },
    ],
    [
      "that doesn't see its team",
      { type: "users", id: "user-V3R563qtJNcExAkN" },
      {
        team_id: "team-4q2Xt8vMYVbdJNGk",
        credential_type: "team",
        organization,
      },
    ],
  ] as const)(
    "stays in storage, and is told, while the mount has a token %s",
    async ([, owner, role]) => {
      await mount.host.write("role/a", role);
      await loseCreds();
      const other = mount.simulator.world.grant(owner, { description: "other" });
      await mount.host.write("config", { token: other.text });
      await mount.host.advance(1200);
      expect(mount.host.logs.join()).toContain(
        "finding an orphaned token failed: the mount's token lacks permission to see its owner",
      );
      expect(mount.uncommitted()).toHaveLength(2);
      await mount.host.write("config", { token: mount.simulator.credentials.token });
      await mount.host.advance(3600);
      expect(mount.uncommitted()).toEqual([]);
      expect(tokens()).toHaveLength(2);
    },
  );

  test("is searched for although it has expired by this server's clock, since Terraform Cloud's may be behind", async () => {
    mount.simulator.world.clockOffsetMs = -HOUR_MS;
    await mount.host.write("role/a", { user_id: "user-12345abcde", ttl: 30, max_ttl: 30 });
    await loseCreds();
    expect(tokens()).toHaveLength(3);
    await mount.host.advance(180);
    expect(tokens()).toHaveLength(1);
  });
});

describe("a token that isn't returned", () => {
  beforeEach(() => mount.host.write("role/a", { team_id, credential_type: "team" }));

  test("and can't be deleted is deleted by the rollback", async () => {
    mount.simulator.world.ttlPolicy = { teams: HOUR_MS };
    mount.simulator.fault = ({ method }) => (method === "DELETE" ? "server error" : undefined);
    await expect(mount.host.read("creds/a")).rejects.toMatchObject({
      code: "bad_request",
      message:
        "the organization's token TTL policy rejects this lifetime: lower max_ttl or explicit_max_ttl",
    });
    expect(tokens()).toHaveLength(3);
    mount.simulator.fault = undefined;
    await mount.host.advance(180);
    expect(tokens()).toHaveLength(1);
  });

  test("because its client disconnected while its entry was written is deleted", async () => {
    const abort = new AbortController();
    let puts = 0;
    mount.host.storage.onCall = ({ operation, key }) => {
      if (operation !== "put" || !key.startsWith("lease/")) return;
      puts += 1;
      if (puts === 2) abort.abort();
    };
    const creds = mount.host.request("read", "creds/a", {}, { signal: abort.signal });
    await expect(creds).rejects.toMatchObject({ code: "canceled" });
    expect(puts).toBeGreaterThan(1);
    expect(tokens()).toHaveLength(1);
    expect(mount.host.storage.keys().filter((key) => key.startsWith("lease/"))).toEqual([]);
  });
});

describe("a token without an expiry that isn't returned", () => {
  const leaseWrites = (onWrite: (puts: number) => void) => {
    let puts = 0;
    mount.host.storage.onCall = ({ operation, key }) => {
      if (operation !== "put" || !key.startsWith("lease/")) return;
      puts += 1;
      onWrite(puts);
    };
  };
  beforeEach(() => mount.host.write("role/a", { agent_pool_id: "apool-yoGUFz5zcRMMz53i" }));

  test("is deleted if its client disconnects and the entry can't be written", async () => {
    const abort = new AbortController();
    leaseWrites((puts) => {
      if (puts === 2) abort.abort();
      if (puts === 3) throw new Error("storage");
    });
    const creds = mount.host.request("read", "creds/a", {}, { signal: abort.signal });
    await expect(creds).rejects.toMatchObject({ code: "canceled" });
    expect(tokens()).toHaveLength(1);
  });

  test("is deleted by the rollback if the write of its entry is applied and reported as failed", async () => {
    const put = mount.host.storage.put.bind(mount.host.storage);
    let puts = 0;
    mount.host.storage.put = async (key, value) => {
      if (key.startsWith("lease/")) puts += 1;
      if (puts > 2) throw new Error("context deadline exceeded");
      await put(key, value);
      if (puts === 2) throw new Error("context deadline exceeded");
    };
    mount.simulator.fault = ({ method }) => (method === "DELETE" ? "server error" : undefined);
    await expect(mount.host.read("creds/a")).rejects.toThrow("context deadline exceeded");
    expect(tokens()).toHaveLength(2);
    mount.host.storage.put = put;
    mount.simulator.fault = undefined;
    await mount.host.advance(180);
    expect(tokens()).toHaveLength(1);
    expect(mount.uncommitted()).toEqual([]);
  });
});

test("an entry that can't be read is logged, and delays no other", async () => {
  mount.host.storage.putJson("lease/broken", { state: 5 });
  await mount.host.write("role/a", { user_id: "user-12345abcde" });
  await loseCreds();
  await mount.host.restart();
  await mount.host.advance(180);
  expect(mount.host.logs.join()).toContain("reading the stored entry of a lease failed");
  expect(tokens()).toHaveLength(1);
});
