import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createClient, type TerraformCloud } from "./index.ts";
import { DEFAULT_SEED, type Simulator, startSimulator } from "./simulator/index.ts";

const organization = "hashicorp-vault-testing";
const pool = "apool-yoGUFz5zcRMMz53i";
const expiredAt = new Date("2040-01-01T00:00:00.000Z");

let simulator: Simulator;
let client: TerraformCloud;
let stranger: TerraformCloud;

beforeEach(async () => {
  simulator = await startSimulator();
  const { address, world, credentials } = simulator;
  const other = world.grant(
    { type: "users", id: credentials.otherUserId },
    { description: "other" },
  );
  client = createClient({ address, token: credentials.token });
  stranger = createClient({ address, token: other.text });
});
afterEach(() => simulator.close());

async function idsOf(tokens: AsyncIterable<{ readonly id: string }>): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of tokens) ids.push(id);
  return ids;
}

/** What was asked that changes something. */
const changes = () => simulator.requests.filter(({ method }) => method !== "GET");

describe("tokens of an agent pool", () => {
  test("are created without an expiry, listed, and deleted by id", async () => {
    const issued = await client.agentTokens.create(pool, { description: "for tests", expiredAt });
    expect(issued).toMatchObject({
      description: "for tests",
      expiredAt: null,
      isTtlRejected: false,
    });
    expect(await idsOf(client.agentTokens.list(pool))).toEqual([issued.id]);
    await client.tokens.delete(issued.id);
    expect(await idsOf(client.agentTokens.list(pool))).toEqual([]);
  });

  test("can't call the API", async () => {
    const { token } = await client.agentTokens.create(pool, { description: "a" });
    const { address } = simulator;
    await expect(createClient({ address, token }).account.details()).rejects.toMatchObject({
      status: 401,
    });
  });

  test.for(["create", "list"] as const)(
    "are not found without the right to manage the pool: %s",
    async (call) => {
      const { agentTokens } = stranger;
      const asked =
        call === "create"
          ? agentTokens.create(pool, { description: "a" })
          : idsOf(agentTokens.list(pool));
      await expect(asked).rejects.toMatchObject({ code: "not_found" });
    },
  );

  test("are not created without the entitlement", async () => {
    simulator.world.missing.add("agents");
    const asked = client.agentTokens.create(pool, { description: "a" });
    await expect(asked).rejects.toMatchObject({ code: "not_found", notApplied: true });
  });
});

describe("metrics tokens", () => {
  test("are created with an expiry, listed, and deleted by id", async () => {
    const issued = await client.metricsTokens.create(organization, {
      description: "for tests",
      expiredAt,
    });
    expect(issued).toMatchObject({ description: "for tests", expiredAt, isTtlRejected: false });
    expect(issued.token).toMatch(/^hcpt_/);
    expect(await idsOf(client.metricsTokens.list("HashiCorp-Vault-Testing"))).toEqual([issued.id]);
    await expect(client.tokens.delete(issued.id)).rejects.toMatchObject({ code: "not_found" });
    await client.metricsTokens.delete(organization, issued.id);
    expect(await idsOf(client.metricsTokens.list(organization))).toEqual([]);
    await expect(client.metricsTokens.delete(organization, issued.id)).rejects.toMatchObject({
      code: "not_found",
    });
  });

  test.for(["enterprise", "old-enterprise"] as const)("are not found in %s", async (edition) => {
    simulator.edition = edition;
    await expect(
      client.metricsTokens.create(organization, { description: "a", expiredAt }),
    ).rejects.toMatchObject({ code: "not_found", notApplied: true });
  });

  test("are found only with the right to manage the organization", async () => {
    await expect(idsOf(stranger.metricsTokens.list(organization))).rejects.toMatchObject({
      code: "not_found",
    });
  });
});

describe("the audit trails token of an organization", () => {
  test("is different from the organization's own", async () => {
    const own = await client.organizationTokens.create(organization);
    const issued = await client.auditTrailsTokens.create(organization, { expiredAt });
    expect(issued).toMatchObject({ description: null, expiredAt });
    expect(await client.auditTrailsTokens.read(organization)).toMatchObject({ id: issued.id });
    expect(await client.organizationTokens.read(organization)).toMatchObject({ id: own.id });
    const next = await client.auditTrailsTokens.create(organization);
    expect(await client.auditTrailsTokens.read(organization)).toMatchObject({ id: next.id });
    await client.auditTrailsTokens.delete(organization);
    await expect(client.auditTrailsTokens.read(organization)).rejects.toMatchObject({
      code: "not_found",
    });
    expect(await client.organizationTokens.read(organization)).toMatchObject({ id: own.id });
  });

  test.for([
    ["enterprise", "this server identifies itself as Terraform Enterprise, not as HCP Terraform"],
    ["old-enterprise", "this server doesn't identify itself as HCP Terraform"],
  ] as const)(
    "is never asked for in %s, which would take it for the organization's",
    async ([edition, why]) => {
      const own = await client.organizationTokens.create(organization);
      // What was HCP Terraform may be another server by now.
      await client.auditTrailsTokens.create(organization);
      simulator.edition = edition;
      const asked = simulator.requests.length;
      const { auditTrailsTokens } = client;
      for (const call of ["create", "read", "delete"] as const) {
        await expect(auditTrailsTokens[call](organization)).rejects.toMatchObject({
          code: "unsupported",
          notApplied: true,
          message: `managing the audit trails token of organization "${organization}" failed: ${why}; only HCP Terraform has audit trails tokens`,
        });
      }
      expect(new Set(simulator.requests.slice(asked).map(({ path }) => path))).toEqual(
        new Set(["/api/v2/account/details"]),
      );
      expect(await client.organizationTokens.read(organization)).toMatchObject({ id: own.id });
    },
  );

  test("gets no request if the account details fail", async () => {
    simulator.fault = () => "proxy error";
    await expect(client.auditTrailsTokens.create(organization)).rejects.toMatchObject({
      code: "server_error",
    });
    expect(changes()).toEqual([]);
  });

  test("can be read and deleted without the entitlement, but not created", async () => {
    await client.auditTrailsTokens.create(organization);
    simulator.world.missing.add("audit-logging");
    await expect(client.auditTrailsTokens.create(organization)).rejects.toMatchObject({
      code: "not_found",
    });
    await client.auditTrailsTokens.read(organization);
    await client.auditTrailsTokens.delete(organization);
  });
});

describe("teams by name", () => {
  test("are those with exactly this name that the caller may see", async () => {
    const { teamId } = simulator.credentials;
    expect(await client.teams.named(organization, "developers")).toMatchObject([
      { id: teamId, name: "developers", organization, mayManageTokens: true },
    ]);
    expect(await client.teams.named(organization, "Developers")).toEqual([]);
    expect(await stranger.teams.named(organization, "developers")).toMatchObject([{ id: teamId }]);
    expect(await stranger.teams.named(organization, "owners")).toEqual([]);
  });

  test("may be several", async () => {
    const [developers] = DEFAULT_SEED.teams.filter(({ name }) => name === "developers");
    if (!developers) throw new Error("the seed has developers");
    const teams = [...DEFAULT_SEED.teams, { ...developers, id: "team-another" }];
    await using twins = await startSimulator({ seed: { ...DEFAULT_SEED, teams } });
    const { address, credentials } = twins;
    const found = await createClient({ address, token: credentials.token }).teams.named(
      organization,
      "developers",
    );
    expect(found.map(({ id }) => id)).toEqual([developers.id, "team-another"]);
  });

  test("are not found in HCP Europe", async () => {
    simulator.edition = "europe";
    await expect(client.teams.named(organization, "developers")).rejects.toMatchObject({
      code: "not_found",
    });
  });
});
