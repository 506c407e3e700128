import { beforeEach, describe, expect, test } from "vitest";
import type { Owner } from "./directory.ts";
import { DEFAULT_SEED, SEEDED } from "./seed.ts";
import { World, type WorldToken } from "./world.ts";

const START = Date.parse("2030-01-01T00:00:00Z");
const owners: Owner = { type: "users", id: SEEDED.userId };
const member: Owner = { type: "users", id: SEEDED.otherUserId };
const team: Owner = { type: "teams", id: SEEDED.teamId };
const ownersTeam: Owner = { type: "teams", id: SEEDED.ownersTeamId };
const organization: Owner = { type: "organizations", id: SEEDED.organization };

let now = START;
let world: World;
const granted = (owner: Owner): WorldToken => world.grant(owner, { description: "granted" });

beforeEach(() => {
  now = START;
  world = new World(DEFAULT_SEED, () => now);
});

describe("rights to create tokens", () => {
  test.for<[actor: Owner, of: Owner, may: boolean]>([
    [owners, owners, true],
    [owners, member, false],
    [owners, team, true],
    [owners, organization, true],
    [member, member, true],
    [member, team, true],
    [member, ownersTeam, false],
    [member, organization, false],
    [team, team, true],
    [team, organization, false],
    [team, owners, false],
    [ownersTeam, team, true],
    [ownersTeam, organization, true],
    [organization, team, true],
    [organization, organization, true],
    [organization, owners, false],
  ])("%j for %j: %j", ([actor, of, may]) => {
    const create = () => world.create(granted(actor), of, { description: "new" });
    if (may) expect(create().owner).toEqual(of);
    else expect(create).toThrow(expect.objectContaining({ status: 404 }));
  });

  test("nobody can create a token of an unknown owner", () => {
    const create = () =>
      world.create(granted(owners), { type: "teams", id: "team-none" }, { description: "new" });
    expect(create).toThrow(expect.objectContaining({ status: 404 }));
  });
});

describe("a token", () => {
  test("is authenticated by its secret while it is valid, and has its last use", () => {
    const token = granted(owners);
    expect(token.id).toMatch(/^at-[\dA-Za-z]{16}$/);
    expect(token.text).toMatch(/^[\dA-Za-z]{14}\.atlasv1\.[\dA-Za-z]{67}$/);
    expect(token.lastUsedAt).toBeNull();
    now += 1000;
    expect(world.authenticate(token.text)).toBe(token);
    expect(token.lastUsedAt).toEqual(new Date(now));
    expect(world.authenticate("")).toBeUndefined();
  });

  test("expires at its expiry, or after two years", () => {
    const short = world.grant(owners, { description: "short", expiredAt: new Date(START + 1000) });
    const long = granted(owners);
    expect(long.expiredAt).toEqual(new Date("2032-01-01T00:00:00Z"));
    now = START + 999;
    expect(world.authenticate(short.text)).toBe(short);
    now = START + 1000;
    expect(world.authenticate(short.text)).toBeUndefined();
    expect(world.authenticate(long.text)).toBe(long);
  });

  test("has the world's default lifetime, or none if there is no expiry", () => {
    world.defaultLifetimeMs = 1000;
    expect(granted(owners).expiredAt).toEqual(new Date(START + 1000));
    world.defaultLifetimeMs = null;
    expect(
      world.grant(owners, { description: "short", expiredAt: new Date(START) }).expiredAt,
    ).toBeNull();
  });

  test("is created and expires by the world's own clock", () => {
    world.clockOffsetMs = 60_000;
    const token = world.grant(owners, {
      description: "short",
      expiredAt: new Date(START + 61_000),
    });
    expect(token.createdAt).toEqual(new Date(START + 60_000));
    now = START + 1000;
    expect(world.authenticate(token.text)).toBeUndefined();
  });

  test("that the token TTL policy rejects exists, and doesn't work", () => {
    world.ttlPolicy = { teams: 1000 };
    const long = world.grant(team, { description: "long", expiredAt: new Date(START + 1001) });
    const short = world.grant(team, { description: "short", expiredAt: new Date(START + 1000) });
    expect([world.isRejected(long), world.isRejected(short)]).toEqual([true, false]);
    expect([world.authenticate(long.text), world.authenticate(short.text)]).toEqual([
      undefined,
      short,
    ]);
    expect(world.tokens).toEqual([long, short]);
    expect(world.authenticate(granted(owners).text)).toBeDefined();
  });

  test("is invalid after it was deleted", () => {
    const token = granted(owners);
    world.delete(token);
    expect(world.authenticate(token.text)).toBeUndefined();
    expect(() => world.token(granted(owners), token.id)).toThrow(
      expect.objectContaining({ status: 404 }),
    );
  });

  test("without a description replaces the current one of its owner", () => {
    const actor = granted(owners);
    const first = world.create(actor, organization, { description: null });
    const named = world.create(actor, organization, { description: "" });
    const second = world.create(actor, organization, { description: null });
    expect(world.authenticate(first.text)).toBeUndefined();
    expect(world.authenticate(named.text)).toBe(named);
    expect(world.singleToken(actor, organization)).toBe(second);
  });

  test("of a team needs a unique description; one of a user doesn't", () => {
    const actor = granted(owners);
    world.create(actor, team, { description: "twice" });
    expect(() => world.create(actor, team, { description: "twice" })).toThrow(
      expect.objectContaining({ status: 422 }),
    );
    world.create(actor, owners, { description: "twice" });
    world.create(actor, owners, { description: "twice" });
    expect(
      world.tokensOf(actor, owners).filter(({ description }) => description === "twice"),
    ).toHaveLength(2);
  });
});

test("tokens of another owner are not found, as if they didn't exist", () => {
  const foreign = granted(member);
  const actor = granted(owners);
  expect(world.tokensOf(actor, member)).toEqual([]);
  expect(() => world.token(actor, foreign.id)).toThrow(expect.objectContaining({ status: 404 }));
});

test("teams and organizations are visible to their members", () => {
  expect(world.directory.team(member, SEEDED.teamId).name).toBe("developers");
  expect(world.directory.organization(member, SEEDED.organization)).toBe(SEEDED.organization);
  expect(() => world.directory.team(member, SEEDED.ownersTeamId)).toThrow(
    expect.objectContaining({ status: 404 }),
  );
  expect(() => world.directory.organization(owners, "another")).toThrow(
    expect.objectContaining({ status: 404 }),
  );
});

test("the token TTL policy is visible to those who manage the organization", () => {
  world.ttlPolicy = { teams: 1000 };
  const policyFor = (owner: Owner) => world.ttlPolicyOf(granted(owner), SEEDED.organization);
  expect(policyFor(owners)).toEqual({ teams: 1000 });
  expect(policyFor(organization)).toEqual({ teams: 1000 });
  expect(() => policyFor(member)).toThrow(expect.objectContaining({ status: 403 }));
  expect(() => world.ttlPolicyOf(granted(owners), "unknown")).toThrow(
    expect.objectContaining({ status: 404 }),
  );
});

test("names of organizations are not case-sensitive, and keep their spelling", () => {
  const first = world.create(granted(owners), organization, { description: null });
  const shouted = { type: "organizations", id: SEEDED.organization.toUpperCase() } as const;
  const second = world.create(granted(owners), shouted, { description: null });
  expect(second.owner).toEqual(organization);
  expect(world.tokens).not.toContain(first);
  expect(world.directory.organization(second.owner, shouted.id)).toBe(SEEDED.organization);
  expect(world.teamTokens(granted(team), shouted.id).length).toBeGreaterThan(0);
});
