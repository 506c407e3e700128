import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { findGoPlugin, PLUGIN_FILE } from "@vault-ts/dev";
import { findServer, type Server, startRaftServer } from "@vault-ts/openbao";
import { type Simulator, startSimulator } from "@vault-ts/terraform-cloud/simulator";
import { expect } from "vitest";
import { type Answer, request } from "../support/mount.ts";
import { scenario } from "../support/scenario.ts";

const document = await readFile(new URL("../../docs/migration.md", import.meta.url), "utf8");

const goPlugin = await findGoPlugin();

// Where there is no Go, HashiCorp's engine isn't there to go back to.
if (goPlugin !== undefined) {
  scenario(["MIGRATION"], "the commands of the document migrate a mount, back, and again", () =>
    overAndBack(goPlugin),
  );
}

async function overAndBack(goPlugin: string): Promise<void> {
  await using simulator = await startSimulator();
  await using server = await startRaftServer({
    binary: await findServer(),
    plugins: [
      { name: "terraform", file: goPlugin },
      { name: "vault-plugin-secrets-terraform", file: PLUGIN_FILE },
      { name: "vault-plugin-secrets-terraform-go", file: goPlugin },
    ],
  });
  const ask = async (
    method: string,
    path: string,
    data?: Record<string, unknown>,
  ): Promise<Answer> => {
    const answer = await request(server, method, path, data);
    expect([path, answer.errors]).toEqual([path, []]);
    return answer;
  };
  const creds = (role: string) => ask("GET", `terraform/creds/${role}`);
  const isAlive = ({ data }: Answer) => isKnown(simulator, data["token"]);
  const { organization, userId: user_id, teamId: team_id, token } = simulator.credentials;
  await ask("POST", "sys/mounts/terraform", { type: "terraform" });
  await ask("POST", "terraform/config", { address: simulator.address, token });
  await ask("POST", "terraform/role/user", { user_id, ttl: 600, max_ttl: 3600 });
  await ask("POST", "terraform/role/org", { organization });
  const [theirUser, theirOrg] = [await creds("user"), await creds("org")];

  await runSection(server, "Take over", PLUGIN_FILE, "v0.2.0");
  expect((await creds("org")).data["token"]).toBe(theirOrg.data["token"]);
  await ask("PUT", "sys/leases/revoke", { lease_id: theirUser.leaseId, sync: true });
  expect(isAlive(theirUser)).toBe(false);
  await ask("POST", "terraform/role/team", { team_id, credential_type: "team", ttl: 600 });
  await ask("POST", "terraform/role/legacy", { team_id });
  const [ourUser, ourTeam, ourLegacy] = [
    await creds("user"),
    await creds("team"),
    await creds("legacy"),
  ];

  await runSection(server, "Back again", goPlugin, "v0.13.0");
  expect((await ask("GET", "terraform/config")).data).toMatchObject({ address: simulator.address });
  expect((await ask("GET", "terraform/role/user")).data).toMatchObject({
    user_id,
    ttl: 600,
    max_ttl: 3600,
  });
  await ask("PUT", "sys/leases/renew", { lease_id: ourUser.leaseId, increment: 300 });
  for (const lease of [ourUser, ourTeam]) {
    await ask("PUT", "sys/leases/revoke", { lease_id: lease.leaseId, sync: true });
    expect(isAlive(lease)).toBe(false);
  }
  expect((await creds("legacy")).data["token"]).toBe("");
  await ask("PUT", "terraform/rotate-role/legacy");
  expect(isAlive(await creds("legacy"))).toBe(true);
  expect(isAlive(ourLegacy)).toBe(false);

  // As the document warns: what the other engine has made in the meantime isn't seen.
  await runSection(server, "Take over", PLUGIN_FILE, "v0.2.0");
  expect(isAlive(await creds("legacy"))).toBe(false);
  await ask("PUT", "terraform/rotate-role/legacy");
  expect(isAlive(await creds("legacy"))).toBe(true);
}

/**
 * Runs the commands of a section of the document, and sees that the version that it is about runs.
 */
async function runSection(
  server: Server,
  title: string,
  file: string,
  version: string,
): Promise<void> {
  const [, commands = ""] =
    new RegExp(`^## ${title}\n.*?^\`\`\`console\n(.*?)^\`\`\``, "ms").exec(document) ?? [];
  const sha256 = createHash("sha256").update(await readFile(file));
  const filled = commands.replace(/ \\\n */g, " ").replace("SHA256", sha256.digest("hex"));
  for (const [, args = ""] of filled.matchAll(/^\$ bao (.*)$/gm)) {
    const { exitCode, stderr } = await server.cli(args.split(" "));
    expect([args, exitCode, stderr]).toEqual([args, 0, ""]);
  }
  const { data } = await request(server, "GET", "sys/mounts/terraform");
  expect(data["running_plugin_version"]).toBe(version);
}

function isKnown({ world }: Simulator, token: unknown): boolean {
  return world.tokens.some(({ text }) => text === token);
}
