import { readdir, readFile } from "node:fs/promises";
import type { Edition } from "@vault-ts/terraform-cloud/simulator";
import { beforeEach, describe, expect, test } from "vitest";
import { useMount } from "../testing-fixtures/use-mount.ts";
import { KINDS, STORED_OWNER_TYPES } from "./index.ts";

const mount = useMount();

const organization = "hashicorp-vault-testing";
const team_id = "team-TUfzPAhqQ7xbfVwR";
const agent_pool_id = "apool-yoGUFz5zcRMMz53i";

/** A role of each kind. */
const ROLES = {
  user: { user_id: "user-12345abcde" },
  organization: { organization },
  team_legacy: { team_id },
  team: { team_id, credential_type: "team" },
  agent: { agent_pool_id },
  metrics: { organization, credential_type: "metrics" },
  audit_trails: { organization, credential_type: "audit_trails" },
} as const satisfies Record<keyof typeof KINDS, object>;

type KindName = keyof typeof ROLES;

const NAMES = Object.keys(ROLES) as KindName[];
const LEASED = ["user", "team", "agent", "metrics"] as const;

const texts = () => mount.simulator.world.tokens.map(({ text }) => text);
const changes = () => mount.simulator.requests.filter(({ method }) => method !== "GET");

/**
 * Tokens are created and nobody is told, and no list is answered by which they could be found at
 * once.
 */
function loseCreations(): void {
  mount.simulator.fault = ({ method, path }) => {
    if (method === "POST") return "cut after";
    return path.endsWith("token-ttl-policies") ? undefined : "hang";
  };
}

describe("creds of each kind", () => {
  test.for(NAMES)("have role, token and token_id: %s", async (name) => {
    await mount.host.write("role/a", ROLES[name]);
    expect(await mount.host.read("role/a")).toMatchObject({ effective_credential_type: name });
    const { data = {}, lease } = (await mount.host.request("read", "creds/a")) ?? {};
    const made = mount.simulator.world.tokens.at(-1);
    expect(data).toMatchObject({ role: "a", token: made?.text, token_id: made?.id });
    expect(lease === undefined).toBe(
      ["organization", "team_legacy", "audit_trails"].includes(name),
    );
  });

  test.for(LEASED)("carry text and tag, and end with their lease: %s", async (name) => {
    await mount.host.write("role/a", { ...ROLES[name], description: "for tests" });
    const issued = await mount.host.request("read", "creds/a");
    expect(mount.simulator.world.tokens.at(-1)?.description).toMatch(
      /^for tests vault-[\da-f]{8}-[\da-f]{16}$/,
    );
    expect(mount.isAlive(issued?.data?.["token"])).toBe(true);
    expect(mount.host.storage.keys().filter((key) => key.startsWith("lease/"))).toHaveLength(1);
    await mount.host.revoke(issued?.lease);
    expect(mount.isAlive(issued?.data?.["token"])).toBe(false);
    expect(mount.host.storage.keys().filter((key) => key.startsWith("lease/"))).toEqual([]);
  });

  test.for(LEASED)("are revoked after their role is deleted: %s", async (name) => {
    await mount.host.write("role/a", ROLES[name]);
    const issued = await mount.host.request("read", "creds/a");
    await mount.host.request("delete", "role/a");
    await mount.host.revoke(issued?.lease);
    expect(mount.isAlive(issued?.data?.["token"])).toBe(false);
  });

  test.for(LEASED)(
    "whose answer gets lost are found by tag, and created again: %s",
    async (name) => {
      await mount.host.write("role/a", ROLES[name]);
      const before = texts();
      mount.loseAnswers(1);
      const issued = await mount.host.read("creds/a");
      expect(texts()).toEqual([...before, issued?.["token"]]);
      expect(mount.uncommitted()).toEqual([]);
    },
  );

  test.for(LEASED)("that were never returned are deleted by the rollback: %s", async (name) => {
    await mount.host.write("config", { request_timeout: 1 });
    await mount.host.write("role/a", ROLES[name]);
    const before = texts();
    loseCreations();
    await expect(mount.host.read("creds/a")).rejects.toMatchObject({
      code: expect.stringMatching(/upstream/),
    });
    mount.simulator.fault = undefined;
    expect(texts().length).toBeGreaterThan(before.length);
    await mount.host.advance(120);
    expect(texts()).toEqual(before);
  });

  test.for(LEASED)(
    "whose token was deleted are revoked only if the mount can see its owner: %s",
    async (name) => {
      const { world, credentials } = mount.simulator;
      const ofOwners = name === "team" && { team_id: credentials.ownersTeamId };
      await mount.host.write("role/a", { ...ROLES[name], ...ofOwners });
      const issued = await mount.host.request("read", "creds/a");
      const made = world.tokens.at(-1);
      if (made) world.delete(made);
      const other = world.grant(
        { type: "users", id: credentials.otherUserId },
        { description: "other" },
      );
      await mount.host.write("config", { token: other.text });
      await expect(mount.host.revoke(issued?.lease)).rejects.toMatchObject({
        code: "bad_request",
        message: expect.stringContaining("lacks permission to see"),
      });
      await mount.host.write("config", { token: credentials.token });
      await mount.host.revoke(issued?.lease);
    },
  );
});

const FULL = Object.fromEntries(NAMES.map((name) => [name, "token"])) as Record<KindName, string>;
const NO_METRICS =
  "404 not found; the organization doesn't exist, the mount's token lacks permission to manage its tokens, or this server isn't HCP Terraform: only HCP Terraform has metrics tokens";

test.for<[Edition, Record<KindName, string>]>([
  ["hcp", FULL],
  ["europe", FULL],
  [
    "enterprise",
    {
      ...FULL,
      metrics: NO_METRICS,
      audit_trails:
        "this server identifies itself as Terraform Enterprise, not as HCP Terraform; only HCP Terraform has audit trails tokens",
    },
  ],
  [
    "old-enterprise",
    {
      ...FULL,
      team: "this Terraform Enterprise release supports one token per team only: use credential_type team_legacy",
      metrics: NO_METRICS,
      audit_trails:
        "this server doesn't identify itself as HCP Terraform; only HCP Terraform has audit trails tokens",
    },
  ],
])("each kind says whether %s has it", async ([edition, expected]) => {
  const { simulator, host } = mount;
  simulator.edition = edition;
  await host.write("config", { token: simulator.credentials.token });
  const told: Record<string, string> = {};
  for (const name of NAMES) {
    try {
      await host.write(`role/${name}`, ROLES[name]);
      told[name] =
        typeof (await host.read(`creds/${name}`))?.["token"] === "string" ? "token" : "nothing";
    } catch (error) {
      expect(error).toMatchObject({ code: "bad_request" });
      const { message } = error as Error;
      told[name] = message.endsWith(expected[name]) ? expected[name] : message;
    }
  }
  expect(told).toEqual(expected);
});

describe("an error names the missing entitlement", () => {
  test.for([
    ["agent", "agents", "or its organization lacks the agents entitlement"],
    ["audit_trails", "audit-logging", "or the organization lacks the audit-logging entitlement"],
  ] as const)("for %s", async ([name, entitlement, says]) => {
    mount.simulator.world.missing.add(entitlement);
    const ask = async () => {
      await mount.host.write("role/a", ROLES[name]);
      await mount.host.read("creds/a");
    };
    await expect(ask()).rejects.toMatchObject({
      code: "bad_request",
      message: expect.stringContaining(says),
    });
    expect(mount.uncommitted()).toEqual([]);
  });
});

describe("a token of an agent pool", () => {
  beforeEach(() => mount.host.write("role/a", { agent_pool_id, ttl: 60, max_ttl: 120 }));

  test("has no expiry, and a lease as the role has it", async () => {
    const issued = await mount.host.request("read", "creds/a");
    expect(issued?.lease).toMatchObject({ ttl: 60, maxTtl: 120 });
    expect(issued?.lease?.internal).not.toHaveProperty("expired_at");
    expect(issued?.data).not.toHaveProperty("expired_at");
    expect((await mount.host.renew(issued?.lease))?.lease).toMatchObject({ ttl: 60, maxTtl: 120 });
  });

  test("is searched for at any age, since it never expires", async () => {
    await mount.host.write("config", { request_timeout: 1 });
    loseCreations();
    await expect(mount.host.read("creds/a")).rejects.toThrow();
    mount.simulator.fault = undefined;
    const { world, credentials } = mount.simulator;
    const made = texts().at(-1);
    const other = world.grant(
      { type: "users", id: credentials.otherUserId },
      { description: "other" },
    );
    await mount.host.write("config", { token: other.text });
    const days = 30 * 24 * 3600;
    mount.host.clock.set(mount.host.clock.now() + days * 1000);
    world.clockOffsetMs = days * 1000;
    await mount.host.rollback();
    expect(mount.uncommitted()).not.toEqual([]);
    await mount.host.write("config", { token: credentials.token });
    mount.host.clock.set(mount.host.clock.now() + 2 * 3600 * 1000);
    await mount.host.rollback();
    expect(mount.isAlive(made)).toBe(false);
  });
});

test("a metrics token that can't be searched for is forgotten once it has expired", async () => {
  await mount.host.write("config", { request_timeout: 1 });
  await mount.host.write("role/a", { ...ROLES.metrics, ttl: 60, max_ttl: 120 });
  loseCreations();
  await expect(mount.host.read("creds/a")).rejects.toThrow();
  mount.simulator.fault = undefined;
  const { world, credentials } = mount.simulator;
  const other = world.grant(
    { type: "users", id: credentials.otherUserId },
    { description: "other" },
  );
  await mount.host.write("config", { token: other.text });
  await mount.host.advance(120);
  expect(mount.uncommitted()).toHaveLength(1);
  const days = 3 * 24 * 3600 * 1000;
  mount.host.clock.set(mount.host.clock.now() + days);
  world.clockOffsetMs = days;
  await mount.host.rollback();
  expect(mount.uncommitted()).toEqual([]);
});

describe("a metrics token", () => {
  beforeEach(() => mount.host.write("role/a", { ...ROLES.metrics, ttl: 60, max_ttl: 120 }));

  test("expires five seconds after the maximum TTL of its lease", async () => {
    const { data, lease } = (await mount.host.request("read", "creds/a")) ?? {};
    expect(lease).toMatchObject({ ttl: 60, maxTtl: 120 });
    const lifetime =
      Number(mount.simulator.world.tokens.at(-1)?.expiredAt) - mount.host.clock.now();
    expect(lifetime / 1000).toBeGreaterThan(120);
    expect(lifetime / 1000).toBeLessThan(125.1);
    expect(data?.["expired_at"]).toBe(
      mount.simulator.world.tokens.at(-1)?.expiredAt?.toISOString(),
    );
  });

  test("that the organization's policy would reject is not created", async () => {
    mount.simulator.world.ttlPolicy = { metrics: 119_999 };
    await expect(mount.host.read("creds/a")).rejects.toMatchObject({
      code: "bad_request",
      message:
        "the organization's token TTL policy rejects this lifetime: lower max_ttl or explicit_max_ttl",
    });
    expect(changes()).toEqual([]);
    mount.simulator.world.ttlPolicy = { metrics: 126_000 };
    expect(await mount.host.read("creds/a")).toHaveProperty("token");
  });

  test("lives no longer than the organization's policy allows, where that is its max_ttl", async () => {
    mount.simulator.world.ttlPolicy = { metrics: 120_000 };
    await mount.host.read("creds/a");
    const { createdAt, expiredAt } = mount.simulator.world.tokens.at(-1) ?? {};
    const lifetime = (Number(expiredAt) - Number(createdAt)) / 1000;
    expect(lifetime).toBeGreaterThan(118);
    expect(lifetime).toBeLessThanOrEqual(120);
  });

  test("is revoked where it is gone, and not where the server has no metrics tokens", async () => {
    const { data, lease } = (await mount.host.request("read", "creds/a")) ?? {};
    mount.simulator.edition = "old-enterprise";
    await expect(mount.host.revoke(lease)).rejects.toMatchObject({
      code: "bad_request",
      message:
        "deleting the token of a lease failed: 404 not found, and the token may still be valid, since this server has no tokens of type metrics; delete it with a token of its owner, then revoke the lease with -force",
    });
    mount.simulator.edition = "hcp";
    const [token] = mount.simulator.world.tokens.filter(({ text }) => text === data?.["token"]);
    if (!token) throw new Error("the token is gone");
    mount.simulator.world.delete(token);
    await mount.host.revoke(lease);
    expect(mount.host.leases).toEqual([]);
  });

  test("is not created where the policy can't be read", async () => {
    mount.simulator.fault = ({ path }) =>
      path.endsWith("token-ttl-policies") ? "server error" : undefined;
    await expect(mount.host.read("creds/a")).rejects.toMatchObject({ code: "upstream" });
    expect(changes()).toEqual([]);
  });
});

describe("the audit trails token of an organization", () => {
  beforeEach(async () => {
    await mount.host.write("role/own", ROLES.organization);
    await mount.host.write("role/audit", ROLES.audit_trails);
  });

  test("is stored beside the organization's own, and shared by its roles", async () => {
    const own = await mount.host.read("creds/own");
    const audit = await mount.host.read("creds/audit");
    expect(own?.["token"]).not.toBe(audit?.["token"]);
    await mount.host.write("role/another", {
      ...ROLES.audit_trails,
      organization: "HashiCorp-Vault-Testing",
    });
    expect(await mount.host.read("creds/another")).toMatchObject({ token: audit?.["token"] });
    expect(mount.host.storage.keys().filter((key) => key.startsWith("token/"))).toEqual([
      "token/audit_trails/hashicorp-vault-testing",
      "token/organization/hashicorp-vault-testing",
    ]);
  });

  test("is rotated and deleted alone", async () => {
    const own = await mount.host.read("creds/own");
    const before = await mount.host.read("creds/audit");
    await mount.host.write("rotate-role/audit");
    const after = await mount.host.read("creds/audit");
    expect(mount.isAlive(before?.["token"])).toBe(false);
    expect(mount.isAlive(after?.["token"])).toBe(true);
    await mount.host.request("delete", "role/audit");
    expect(mount.isAlive(after?.["token"])).toBe(false);
    expect(await mount.host.read("creds/own")).toEqual(own);
    expect(mount.isAlive(own?.["token"])).toBe(true);
  });

  test("is replaced by the rollback if the response to its rotation is lost, and the organization's own is not", async () => {
    const own = await mount.host.read("creds/own");
    mount.loseAnswers();
    await expect(mount.host.write("rotate-role/audit")).rejects.toThrow();
    mount.simulator.fault = undefined;
    await mount.host.advance(120);
    expect(mount.isAlive((await mount.host.read("creds/audit"))?.["token"])).toBe(true);
    expect(await mount.host.read("creds/own")).toEqual(own);
    expect(mount.isAlive(own?.["token"])).toBe(true);
  });

  test("is created with the policy's maximum lifetime if the policy rejects a longer one", async () => {
    mount.simulator.world.ttlPolicy = { "audit-trails": 3_600_000 };
    await mount.host.write("rotate-role/audit");
    const made = mount.simulator.world.tokens.at(-1);
    expect(made?.text).toBe((await mount.host.read("creds/audit"))?.["token"]);
    const lifetime = Number(made?.expiredAt) - Number(made?.createdAt);
    expect(lifetime).toBeLessThanOrEqual(3_600_000);
    expect(lifetime).toBeGreaterThan(3_590_000);
  });

  test("stays when the mount moves to a Terraform Enterprise, where its role can be deleted", async () => {
    const { token } = mount.simulator.credentials;
    const other = await mount.startAnother();
    await other.write("role/own", ROLES.organization);
    const stored = mount.host.storage.json("token/audit_trails/hashicorp-vault-testing") as object;
    mount.host.storage.putJson("token/audit_trails/hashicorp-vault-testing", {
      ...stored,
      address: "https://elsewhere.example.com",
    });
    mount.host.invalidate("token/audit_trails/hashicorp-vault-testing");
    mount.simulator.edition = "enterprise";
    await mount.host.write("config", { token });
    const before = changes().length;
    await expect(mount.host.read("creds/audit")).rejects.toMatchObject({ code: "bad_request" });
    expect((await mount.host.request("delete", "role/audit"))?.warnings).toEqual([
      expect.stringContaining("was created at https://elsewhere.example.com"),
    ]);
    expect(changes().length).toBe(before);
  });
});

describe("an entry of a version with fewer kinds", () => {
  test("is a lease of a user or a team, by its owner", async () => {
    await mount.host.write("role/a", ROLES.team);
    const issued = await mount.host.request("read", "creds/a");
    const {
      kind: _,
      agent_pool_id: __,
      team_name: ___,
      ttl: ____,
      ...internal
    } = issued?.lease?.internal ?? {};
    await mount.host.revoke(issued?.lease && { ...issued.lease, internal });
    expect(mount.isAlive(issued?.data?.["token"])).toBe(false);
  });

  test("is a change of an organization's or a legacy team's token", async () => {
    await mount.host.write("role/a", ROLES.team_legacy);
    const { token_id } = (await mount.host.read("creds/a")) ?? {};
    await mount.host.storage.delete(`token/team/${team_id}`);
    mount.host.invalidate(`token/team/${team_id}`);
    mount.host.storage.putJson("wal/00000000-0000-4000-8000-000000000000", {
      type: "stored_token",
      data: { type: "team", id: team_id, previous: null, address: mount.simulator.address },
      created_at: Math.floor(mount.host.clock.now() / 1000) - 3600,
    });
    await mount.host.rollback();
    const after = await mount.host.read("creds/a");
    expect(after?.["token_id"]).not.toBe(token_id);
    expect(mount.isAlive(after?.["token"])).toBe(true);
  });
});

test("no two kinds of stored tokens share a key", () => {
  expect(new Set(STORED_OWNER_TYPES).size).toBe(STORED_OWNER_TYPES.length);
  expect(STORED_OWNER_TYPES).toEqual(["organization", "team", "audit_trails"]);
});

test.for(["agent", "agent_pool_id", "metrics", "audit_trails"])(
  "all that is told of a further kind is told in its file and in the list of kinds: %s",
  async (word) => {
    const root = new URL("../", import.meta.url);
    const files = await readdir(root, { recursive: true });
    const others = files.filter(
      (file) => /(?<!\.test)\.ts$/.test(file) && !/^(kinds|testing-fixtures)\//.test(file),
    );
    expect(others.length).toBeGreaterThan(40);
    const texts = await Promise.all(others.map((file) => readFile(new URL(file, root), "utf8")));
    expect(
      others.filter((_, index) => new RegExp(`\\b${word}\\b`).test(texts[index] ?? "")),
    ).toEqual([]);
  },
);

test("each kind has the name that it is listed under", () => {
  for (const [name, { type }] of Object.entries(KINDS)) expect(type).toBe(name);
});
