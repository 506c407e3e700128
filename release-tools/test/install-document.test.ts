import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Simulator, startSimulator } from "@vault-ts/terraform-cloud/simulator";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ARTIFACTS } from "../src/artifacts.ts";
import { run } from "../src/run.ts";
import { type Block, commandsOf, sectionsOf } from "./support/document.ts";
import { nextRelease } from "./support/next-release.ts";
import { type Registry, startRegistry } from "./support/registry.ts";
import { EXECUTABLE, released } from "./support/released.ts";
import { newSandbox, type Sandbox } from "./support/sandbox.ts";
import { type SandboxServer, startSandboxServer } from "./support/sandbox-server.ts";

const sections = await sectionsOf("install.md");
const blocksOf = (section: string): readonly Block[] => {
  const blocks = sections.get(section);
  if (!blocks?.length) throw new Error(`the document has no commands in ${section}`);
  return blocks;
};

/** As the document, on the platform of this machine. */
const EXECUTABLE_OF_DOCUMENT = "vault-plugin-secrets-terraform_0.2.0_linux_amd64";
const sha256 = (await readFile(released(ARTIFACTS.checksums), "utf8")).match(
  new RegExp(`^(\\w{64}) {2}${EXECUTABLE}$`, "m"),
)?.[1];

let registry: Registry;
beforeAll(async () => {
  registry = await startRegistry();
  // The other ways copy the same image, and only the first tells how.
  const copy = blocksOf("An image that the server downloads").flatMap(commandsOf)[0] ?? "";
  await onThisMachine(filled(copy));
});
afterAll(() => registry[Symbol.asyncDispose]());

/** A new machine with the release in the home of its user. */
async function newMachine(): Promise<Sandbox> {
  const sandbox = await newSandbox();
  for (const name of [EXECUTABLE, ARTIFACTS.checksums])
    await sandbox.add(released(name), `root/${name}`);
  await sandbox.write("etc/openbao/plugins.hcl", "");
  expect((await sandbox.run("command -v node")).exitCode).not.toBe(0);
  return sandbox;
}

/** Does what a section says, on a machine with a server. */
async function follow(
  section: string,
  sandbox: Sandbox,
  server: SandboxServer,
  env = server.env,
): Promise<string> {
  let printed = "";
  for (const block of blocksOf(section)) {
    const text = filled(block.code);
    if (block.language === "hcl") {
      if (!block.path) throw new Error(`${section} names no file for its configuration`);
      // The folder of a server of Vault's has another name.
      await sandbox.write(block.path.replace("vault.d", "openbao"), text);
      continue;
    }
    for (const command of commandsOf({ ...block, code: text }))
      printed += await perform(command, sandbox, server, env);
  }
  return printed;
}

async function perform(
  command: string,
  sandbox: Sandbox,
  server: SandboxServer,
  env: SandboxServer["env"],
) {
  if (command.startsWith("systemctl restart")) {
    await server.restart();
    return "";
  }
  if (command.startsWith("skopeo ")) return await onThisMachine(command);
  const { exitCode, output } = await sandbox.run(`cd /root && ${command}`, { env });
  expect([command, exitCode, output]).toEqual([command, 0, output]);
  return output;
}

/** Copies an image: a user who does that has the release, and perhaps no server. */
async function onThisMachine(command: string): Promise<string> {
  const [program = "", ...args] = command.split(" ");
  return await run(program, ["--insecure-policy", ...args, "--dest-tls-verify=false"], {
    cwd: released(""),
  });
}

function filled(code: string): string {
  return code
    .replaceAll(EXECUTABLE_OF_DOCUMENT, EXECUTABLE)
    .replaceAll("registry.example.com", registry.host)
    .replace("linux_amd64$", `${EXECUTABLE.split("_").slice(-2).join("_")}$`)
    .replace('"SHA256"', `"${sha256}"`);
}

/** Gets a token as the document says, from a simulator. @returns its lease. */
async function expectToken(
  sandbox: Sandbox,
  server: SandboxServer,
  simulator: Simulator,
): Promise<string> {
  const env = { ...server.env, TFE_TOKEN: simulator.credentials.token };
  const { status } = await server.request("PUT", "terraform/config", {
    address: simulator.address,
  });
  expect(status).toBeLessThan(300);
  const printed = await follow("Get a token", sandbox, server, env);
  const [, token] = /^token +(\S+)$/m.exec(printed) ?? [];
  expect(simulator.world.tokens.map(({ text }) => text)).toContain(token);
  const [, lease = ""] = /^lease_id +(\S+)$/m.exec(printed) ?? [];
  return lease;
}

test("the download is checked as the document says", async () => {
  await using sandbox = await newMachine();
  const [block] = blocksOf("Choose the file");
  if (!block) throw new Error("the document checks nothing");
  const { output } = await sandbox.run(`cd /root && ${filled(block.code)}`);
  expect(output).toBe(`${EXECUTABLE}: OK\n`);
});

test("a file in the plugin directory, and an upgrade and back with leases that live", async () => {
  await using sandbox = await newMachine();
  await using simulator = await startSimulator();
  const server = await startSandboxServer(sandbox);
  await follow("A file in the plugin directory", sandbox, server);
  const leases = [await expectToken(sandbox, server, simulator)];

  const next = await nextRelease(join(sandbox.root, "tmp"));
  await sandbox.add(next, "root/vault-plugin-secrets-terraform_0.3.0_linux_amd64");
  const versions: unknown[] = [];
  for (const block of blocksOf("Upgrade, and go back")) {
    for (const command of commandsOf(block)) await perform(command, sandbox, server, server.env);
    const { body } = await server.request("GET", "sys/mounts/terraform");
    versions.push(body["running_plugin_version"]);
    for (const lease_id of leases) {
      expect(await server.request("PUT", "sys/leases/renew", { lease_id })).toMatchObject({
        status: 200,
      });
    }
    leases.push(await expectToken(sandbox, server, simulator));
  }
  expect(versions).toEqual(["v0.3.0", "v0.2.0"]);

  expect(simulator.world.tokens).toHaveLength(4);
  for (const lease_id of leases) {
    const { status } = await server.request("PUT", "sys/leases/revoke", { lease_id, sync: true });
    expect(status).toBe(204);
  }
  expect(simulator.world.tokens).toHaveLength(1);
});

test.each(["An image that the server downloads", "An image that you download"])(
  "%s",
  async (section) => {
    await using sandbox = await newMachine();
    const server = await startSandboxServer(sandbox);
    await follow(section, sandbox, server);
    await using simulator = await startSimulator();
    await expectToken(sandbox, server, simulator);
  },
);

test("Kubernetes: the chart's configuration", async () => {
  await using sandbox = await newMachine();
  const [values, enable] = blocksOf("Kubernetes");
  if (!values || !enable) throw new Error("the document has no values");
  const [, indented = ""] = /^ {4}config: \|\n((?: {6}.*\n)+)/m.exec(values.code) ?? [];
  await sandbox.run("mkdir -p /openbao/plugins");
  const config = filled(indented.replace(/^ {6}/gm, ""));
  const server = await startSandboxServer(sandbox, {}, config);
  for (const command of commandsOf(enable)) await perform(command, sandbox, server, server.env);
  await using simulator = await startSimulator();
  await expectToken(sandbox, server, simulator);
});

test("HashiCorp Vault: the same with its command line", async () => {
  await using sandbox = await newMachine();
  await sandbox.run("ln -s bao /usr/bin/vault");
  const server = await startSandboxServer(sandbox);
  await follow("HashiCorp Vault", sandbox, server);
  await using simulator = await startSimulator();
  await expectToken(sandbox, server, simulator);
});
