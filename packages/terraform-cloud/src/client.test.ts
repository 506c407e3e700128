import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { createClient, type TerraformCloud } from "./index.ts";
import { DEFAULT_SEED, type Simulator, startSimulator } from "./simulator/index.ts";

let simulator: Simulator;
const clientWith = (token: string): TerraformCloud =>
  createClient({ address: simulator.address, token });
let client: TerraformCloud;

async function idsOf(tokens: AsyncIterable<{ readonly id: string }>): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of tokens) ids.push(id);
  return ids;
}

beforeEach(async () => {
  simulator = await startSimulator();
  client = clientWith(simulator.credentials.token);
});
afterEach(() => simulator.close());

const expiredAt = new Date("2040-01-01T00:00:00.000Z");

describe("account details", () => {
  test("distinguish a user's token from those of a team and an organization", async () => {
    const { organization, teamId, userId } = simulator.credentials;
    const { tokens } = simulator.world;
    expect(await client.account.details()).toEqual({
      userId,
      username: "operator",
      isServiceAccount: false,
      owner: { type: "user", id: userId },
      tokenId: tokens[0]?.id,
    });
    const team = await client.teamTokens.create(teamId, { description: "a" });
    expect(await clientWith(team.token).account.details()).toMatchObject({
      isServiceAccount: true,
      owner: { type: "team", id: teamId },
      tokenId: team.id,
    });
    const issued = await client.organizationTokens.create(organization);
    expect(await clientWith(issued.token).account.details()).toMatchObject({
      isServiceAccount: true,
      owner: { type: "organization", id: organization },
    });
  });

  test.for(["/api/v2/", "/api/v2"])("are read below the base path %s", async (basePath) => {
    const { address, credentials } = simulator;
    const { account } = createClient({ address, basePath, token: credentials.token });
    expect(await account.details()).toMatchObject({ userId: credentials.userId });
  });

  test("of an unknown token are unauthorized", async () => {
    await expect(clientWith("unknown").account.details()).rejects.toMatchObject({
      code: "unauthorized",
      status: 401,
      message: "reading the account details failed: 401 unauthorized",
    });
  });
});

describe("tokens of a user", () => {
  test("are created, listed, read and deleted", async () => {
    const { userId } = simulator.credentials;
    const issued = await client.userTokens.create(userId, { description: "for tests", expiredAt });
    expect(issued).toMatchObject({ description: "for tests", expiredAt, lastUsedAt: null });
    expect((await clientWith(issued.token).account.details()).tokenId).toBe(issued.id);

    const shown = await client.tokens.read(issued.id);
    expect(shown).toEqual({ ...issued, token: undefined, lastUsedAt: expect.any(Date) });
    expect(await idsOf(client.userTokens.list(userId))).toContain(issued.id);

    await client.tokens.delete(issued.id);
    await expect(clientWith(issued.token).account.details()).rejects.toMatchObject({
      code: "unauthorized",
    });
    await expect(client.tokens.delete(issued.id)).rejects.toMatchObject({
      code: "not_found",
      status: 404,
    });
  });

  test("of another user can't be created, and are not listed", async () => {
    const { otherUserId } = simulator.credentials;
    await expect(client.userTokens.create(otherUserId, { description: "" })).rejects.toMatchObject({
      code: "not_found",
      message: `creating a token for user "${otherUserId}" failed: 404 not found`,
    });
    expect(await idsOf(client.userTokens.list(otherUserId))).toEqual([]);
  });
});

test("the tokens of an organization's teams are listed, page by page", async () => {
  const { organization, teamId, ownersTeamId } = simulator.credentials;
  const legacy = await client.teamLegacyTokens.create(ownersTeamId);
  const made = Array.from({ length: 204 }, (_, index) =>
    simulator.world.grant(
      { type: "teams", id: teamId },
      { description: `token ${index}`, expiredAt },
    ),
  );
  const ids = new Set(await idsOf(client.teamTokens.list(organization)));
  expect([...ids].sort()).toEqual([legacy.id, ...made.map(({ id }) => id)].sort());
  const pages = simulator.requests.flatMap(
    ({ path }) => /team-tokens.*number%5D=(\d+)/.exec(path)?.[1] ?? [],
  );
  expect(pages).toEqual(["1", "2", "3", "2", "1"]);

  for await (const first of client.teamTokens.list(organization)) {
    expect(ids).toContain(first.id);
    break;
  }
  expect(simulator.requests.filter(({ path }) => path.includes("/team-tokens?"))).toHaveLength(6);
  await expect(idsOf(client.teamTokens.list("unknown"))).rejects.toMatchObject({
    code: "not_found",
  });
});

test("a list has a token that moves to another page while it is read", async () => {
  const { organization, teamId } = simulator.credentials;
  const [first, ...others] = Array.from({ length: 101 }, (_, index) => {
    const later = new Date(expiredAt.getTime() + index * 1000);
    return simulator.world.grant(
      { type: "teams", id: teamId },
      { description: `${index}`, expiredAt: later },
    );
  });
  const ids: string[] = [];
  for await (const { id } of client.teamTokens.list(organization)) {
    if (ids.push(id) === 100) await client.tokens.delete(first?.id ?? "");
  }
  expect(ids).toEqual(expect.arrayContaining(others.map(({ id }) => id)));
});

test("a request that creates a token completes although its caller has gone", async () => {
  const abort = new AbortController();
  simulator.onRequest = ({ method }) => {
    if (method === "POST") abort.abort();
  };
  const { userId } = simulator.credentials;
  const made = await client
    .for({ signal: abort.signal })
    .userTokens.create(userId, { description: "sent" });
  expect(made.description).toBe("sent");
});

test("a call fails at its caller's deadline", async () => {
  simulator.onRequest = () => new Promise(() => {});
  const { userId } = simulator.credentials;
  const hurried = client.for({ deadline: performance.now() + 100 });
  await expect(hurried.userTokens.create(userId, { description: "late" })).rejects.toMatchObject({
    code: "timeout",
    notApplied: false,
  });
  await expect(hurried.userTokens.create(userId, { description: "later" })).rejects.toMatchObject({
    code: "timeout",
    notApplied: true,
    message: `creating a token for user "${userId}" failed: the time limit of the request passed before it was sent`,
  });
  expect(simulator.world.tokens).toHaveLength(1);
});

test("the server's time is known from its first response on", async () => {
  expect(client.serverTime()).toBeUndefined();
  simulator.world.clockOffsetMs = 3600_000;
  await client.account.details();
  const aheadMs = (client.for({}).serverTime() ?? 0) - Date.now();
  expect(Math.round(aheadMs / 60_000)).toBe(60);
});

describe("a server with a rate limit", () => {
  let limited: Simulator;
  beforeEach(async () => {
    limited = await startSimulator({ rateLimit: 30 });
  });
  afterEach(() => limited.close());

  test("gets no request of a caller that is gone before it may be sent", async () => {
    const { address, credentials } = limited;
    const waiting = createClient({ address, token: credentials.token });
    await Promise.all(Array.from({ length: 30 }, () => waiting.account.details()));
    const abort = new AbortController();
    const made = waiting
      .for({ signal: abort.signal })
      .userTokens.create(credentials.userId, { description: "waits" });
    abort.abort();
    await expect(made).rejects.toMatchObject({ code: "aborted", notApplied: true });
    expect(limited.requests.filter(({ method }) => method === "POST")).toEqual([]);
  });

  test("gets no request of a caller whose deadline passes before it may be sent", async () => {
    const { address, credentials } = limited;
    const waiting = createClient({ address, token: credentials.token });
    await Promise.all(Array.from({ length: 30 }, () => waiting.account.details()));
    const { userTokens } = waiting.for({ deadline: performance.now() + 50 });
    await expect(
      userTokens.create(credentials.userId, { description: "waits" }),
    ).rejects.toMatchObject({
      code: "timeout",
      notApplied: true,
      message: expect.stringMatching(
        /failed: the time limit of the request passed while it waited for the rate limit$/,
      ),
    });
    expect(limited.requests.filter(({ method }) => method === "POST")).toEqual([]);
  });

  test("gets no more requests than its limit, and all succeed", async () => {
    const client = createClient({ address: limited.address, token: limited.credentials.token });
    const start = performance.now();
    await Promise.all(Array.from({ length: 100 }, () => client.account.details()));
    expect(performance.now() - start).toBeGreaterThan(3000);
    expect(limited.requests.filter(({ status }) => status === 200)).toHaveLength(100);
  });

  test("gets no more requests from several clients with one token", async () => {
    const { address, credentials } = simulator;
    const clients = Array.from({ length: 2 }, () =>
      createClient({ address, token: credentials.token }),
    );
    const start = performance.now();
    await Promise.all(
      clients.flatMap((client) => Array.from({ length: 45 }, () => client.account.details())),
    );
    // 90 at 30 a second begin in three seconds; at 30 a second for each client they would in two.
    expect(performance.now() - start).toBeGreaterThan(2000);
  });

  test("that others use too serves all requests in the end", async () => {
    limited.rateLimit = 5;
    const { address, credentials, world } = limited;
    const owner = { type: "users", id: credentials.userId } as const;
    const clients = ["a", "b", "c"].map((description) =>
      createClient({ address, token: world.grant(owner, { description }).text }),
    );
    await Promise.all(
      clients.flatMap((client) => Array.from({ length: 6 }, () => client.account.details())),
    );
    expect(limited.requests.filter(({ status }) => status === 200)).toHaveLength(18);
    expect(limited.requests.some(({ status }) => status === 429)).toBe(true);
  });
});

test("a team has its organization", async () => {
  const { organization, teamId } = simulator.credentials;
  expect(await client.teams.read(teamId)).toEqual({
    id: teamId,
    name: "developers",
    organization,
    mayManageTokens: true,
  });
  await expect(client.teams.read("team-unknown")).rejects.toMatchObject({ code: "not_found" });
});

test("a team has many tokens with different descriptions", async () => {
  const { teamId } = simulator.credentials;
  const one = await client.teamTokens.create(teamId, { description: "one", expiredAt });
  await client.teamTokens.create(teamId, { description: "two" });
  expect(one).toMatchObject({ description: "one", expiredAt });
  await expect(client.teamTokens.create(teamId, { description: "one" })).rejects.toMatchObject({
    code: "invalid",
    status: 422,
    message: expect.stringContaining("Description has already been taken"),
  });
});

test("tokens of an organization's teams are deleted in one call: all of them, or none", async () => {
  const { organization, teamId, ownersTeamId } = simulator.credentials;
  const ids: string[] = [];
  for (const team of [teamId, ownersTeamId, teamId]) {
    ids.push((await client.teamTokens.create(team, { description: `token ${ids.length}` })).id);
  }
  const [first = "", second = "", third = ""] = ids;
  const listed: (string | undefined)[] = [];
  for await (const { teamId: team } of client.teamTokens.list(organization)) listed.push(team);
  expect(listed.toSorted()).toEqual([teamId, ownersTeamId, teamId].toSorted());
  await expect(client.teamTokens.deleteAll(organization, [first, "at-none"])).rejects.toMatchObject(
    {
      code: "forbidden",
      notApplied: true,
    },
  );
  await client.teamTokens.deleteAll(organization, [first, second]);
  expect(await idsOf(client.teamTokens.list(organization))).toEqual([third]);
  // The connection takes the next call: nothing of the body is left on it.
  expect((await client.tokens.read(third)).id).toBe(third);
});

test("the organizations are those that the caller may see, of all pages", async () => {
  const { teamId, organization } = simulator.credentials;
  const names = Array.from({ length: 101 }, (_, index) => `acme-${index}`);
  const teams = names.map((name) => ({
    id: `team-${name}`,
    name: "owners",
    organization: name,
    isOwners: true,
    members: [simulator.credentials.userId],
  }));
  const seed = { ...DEFAULT_SEED, organizations: [...names, organization, "nobodys"], teams };
  await using many = await startSimulator({ seed });
  const { address, credentials } = many;
  const all = createClient({ address, token: credentials.token });
  expect(await all.organizations.names()).toEqual(names);
  const team = await client.teamTokens.create(teamId, { description: "a" });
  expect(await clientWith(team.token).organizations.names()).toEqual([organization]);
});

test("an organization has its entitlements, and an agent pool its organization", async () => {
  const { organization, agentPoolId } = simulator.credentials;
  simulator.world.missing.add("agents");
  expect(await client.organizations.entitlements(organization)).toMatchObject({
    agents: false,
    "audit-logging": true,
  });
  expect(await client.agentTokens.organizationOf(agentPoolId)).toBe(organization);
  await expect(client.agentTokens.organizationOf("apool-none")).rejects.toMatchObject({
    code: "not_found",
  });
});

test("calls of a caller of low priority go after the others", async () => {
  const order: string[] = [];
  const { account } = client;
  const unhurried = client.for({ priority: "low" }).account;
  const call = async (name: string, api: typeof account) => {
    await api.details();
    order.push(name);
  };
  await Promise.all([
    ...Array.from({ length: 10 }, () => call("low", unhurried)),
    ...Array.from({ length: 10 }, () => call("high", account)),
  ]);
  expect(order.at(-1)).toBe("low");
  expect(order.indexOf("high")).toBeLessThan(10);
});

describe.for(["organizationTokens", "teamLegacyTokens"] as const)("%s", (kind) => {
  test("have a single token for each owner: a new one replaces it", async () => {
    const owner =
      kind === "organizationTokens"
        ? simulator.credentials.organization
        : simulator.credentials.teamId;
    await expect(client[kind].read(owner)).rejects.toMatchObject({ code: "not_found" });
    const first = await client[kind].create(owner);
    const second = await client[kind].create(owner, { expiredAt });
    expect(second).toMatchObject({ description: null, expiredAt });
    await expect(clientWith(first.token).account.details()).rejects.toMatchObject({
      code: "unauthorized",
    });
    expect((await client[kind].read(owner)).id).toBe(second.id);
    await client[kind].delete(owner);
    await expect(client[kind].delete(owner)).rejects.toMatchObject({ code: "not_found" });
  });
});

test("a name can't leave its segment of the path", async () => {
  for (const name of ["a/../../account/details", "a?b", "a#b", "a b", "%2e%2e", "\u0000"]) {
    await expect(client.organizationTokens.read(name)).rejects.toMatchObject({ code: "not_found" });
  }
  const paths = simulator.requests.map(({ path }) => path);
  expect(paths).toContain(
    "/api/v2/organizations/a%2F..%2F..%2Faccount%2Fdetails/authentication-token",
  );
  expect(
    paths.every((path) => /^\/api\/v2\/organizations\/[^/?#]+\/authentication-token$/.test(path)),
  ).toBe(true);
});

test.for(["..", ".", "", "\ud800"])("the name %j is invalid in each call", async (name) => {
  const invalid = { code: "invalid", notApplied: true };
  await expect(client.tokens.read(name)).rejects.toMatchObject(invalid);
  await expect(client.teams.named("acme", name)).rejects.toMatchObject(invalid);
  for (const { list } of [client.userTokens, client.agentTokens, client.metricsTokens]) {
    const tokens = list(name);
    await expect(idsOf(tokens)).rejects.toMatchObject(invalid);
  }
  expect(simulator.requests).toEqual([]);
});

test("an expiry that is no date is invalid, for each kind of token", async () => {
  const options = { description: "ci", expiredAt: new Date(Number.NaN) };
  const { organizationTokens, userTokens, metricsTokens } = client;
  for (const { create } of [organizationTokens, userTokens, metricsTokens])
    await expect(create("acme", options)).rejects.toMatchObject({
      code: "invalid",
      notApplied: true,
      message: "expiredAt is not a valid date",
    });
});

test.for<[name: string, address: string, takes: boolean]>([
  ["https", "https://app.terraform.io", true],
  ["a slash at the end", "https://app.terraform.io/", true],
  ["a port", "http://127.0.0.1:8080", true],
  ["no scheme", "app.terraform.io", false],
  ["another scheme", "ftp://app.terraform.io", false],
  ["a path", "https://app.terraform.io/api", false],
  ["a query", "https://app.terraform.io?a", false],
  ["IPv6", "https://[::1]:8443", true],
  ["capital letters", "HTTPS://App.Terraform.io", true],
  ["a user", "https://user:password@app.terraform.io", false],
  ["a password alone", "https://:password@app.terraform.io", false],
  ["another host behind an empty user", "https://@app.terraform.io", false],
  ["backslashes", "https:\\\\app.terraform.io", false],
  ["a backslash in its host", "https://app.terraform.io\\.example.com", false],
  ["no slashes", "https:app.terraform.io", false],
  ["three slashes", "https:///app.terraform.io", false],
  ["a line break in it", "https://app.terra\nform.io", false],
  ["a blank before it", " https://app.terraform.io", false],
  ["an empty query", "https://app.terraform.io?", false],
  ["a unix socket", "unix:///run/tfe.sock", false],
  ["a unix socket behind http", "http://unix:/run/tfe.sock", false],
  ["a port that is none", "https://app.terraform.io:99999", false],
  ["a file", "file:///etc/passwd", false],
  ["nothing", "", false],
])("an address with %s", ([, address, takes]) => {
  const create = () => createClient({ address, token: "x" });
  if (takes) expect(create).not.toThrow();
  else expect(create).toThrow(expect.objectContaining({ code: "invalid_address" }));
});

test("certificates that aren't PEM are rejected at once", () => {
  for (const caCert of ["x", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"]) {
    expect(() => createClient({ address: "https://example.com", token: "x", caCert })).toThrow(
      expect.objectContaining({ code: "invalid_ca_cert" }),
    );
  }
});

test("an organization has a token TTL policy, which rejects longer lifetimes", async () => {
  const { organization, teamId } = simulator.credentials;
  const twoYears = 2 * 365 * 24 * 3600 * 1000;
  expect(await client.organizations.ttlPolicy(organization)).toEqual({
    organization: twoYears,
    team: twoYears,
    user: twoYears,
    audit_trails: twoYears,
    metrics: twoYears,
  });
  simulator.world.ttlPolicy = { teams: 1000 };
  expect(await client.organizations.ttlPolicy(organization)).toMatchObject({ team: 1000 });
  expect(await client.teamLegacyTokens.create(teamId)).toMatchObject({ isTtlRejected: true });
  expect(await client.organizationTokens.create(organization)).toMatchObject({
    isTtlRejected: false,
  });
});
