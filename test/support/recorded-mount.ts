import { createBackend } from "@vault-ts/secrets-terraform";
import { startSimulator } from "@vault-ts/terraform-cloud/simulator";
import { startTestHost } from "@vault-ts/vault-plugin/testing";
import { expect } from "vitest";

const SECOND = 1_000_000_000;

/**
 * A mount's entries and a lease as HashiCorp's engine 0.13.0 leaves them, taken over on a host in
 * memory.
 */
export async function takeOverRecording(): Promise<void> {
  await using simulator = await startSimulator();
  const { world, credentials } = simulator;
  const { organization, userId, teamId } = credentials;
  const stored = world.grant({ type: "organizations", id: organization }, { description: null });
  const leased = world.grant({ type: "users", id: userId }, { description: "Created by Vault" });
  const host = await startTestHost(createBackend);
  // What is empty is left out.
  const role = { ttl: 0, max_ttl: 0 };
  host.storage.putJson("config", {
    token: credentials.token,
    address: simulator.address,
    base_path: "/api/v2/",
  });
  host.storage.putJson("role/user", {
    ...role,
    name: "user",
    user_id: userId,
    credential_type: "user",
    ttl: 600 * SECOND,
    max_ttl: 3600 * SECOND,
  });
  host.storage.putJson("role/team", {
    ...role,
    name: "team",
    team_id: teamId,
    credential_type: "team",
  });
  host.storage.putJson("role/org", {
    ...role,
    name: "org",
    organization,
    // Stored although its writer gave none.
    credential_type: "organization",
    token: stored.text,
    // Of a token before: a rotation of HashiCorp's engine leaves the id as it was.
    token_id: "at-0000000000000000",
  });
  const lease = host.addLease("creds/user", {
    ttl: 600,
    maxTtl: 3600,
    renewable: true,
    internal: { secret_type: "terraform_token", token_id: leased.id, role: "user" },
  });

  expect(await host.read("config")).toMatchObject({ address: simulator.address });
  expect(await host.read("role/user")).toMatchObject({ user_id: userId, ttl: 600, max_ttl: 3600 });
  expect(await host.read("role/org")).toEqual({
    name: "org",
    organization,
    ttl: 0,
    max_ttl: 0,
    effective_credential_type: "organization",
  });
  expect(await host.read("creds/org")).toMatchObject({ token: stored.text, token_id: stored.id });
  expect((await host.renew(lease, 300))?.lease?.ttl).toBe(300);
  await host.revoke(lease);
  expect(world.tokens.some(({ id }) => id === leased.id)).toBe(false);
  await host.write("rotate-role/org");
  const rotated = (await host.read("creds/org"))?.["token"];
  expect(world.tokens.some(({ text }) => text === rotated)).toBe(true);
  expect(world.tokens.some(({ id }) => id === stored.id)).toBe(false);
}
