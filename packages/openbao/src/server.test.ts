import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startDevServer } from "./dev-server.ts";
import { findServer } from "./find-server.ts";
import type { Server } from "./server.ts";
import type { ServerBinary } from "./server-binary.ts";
import { homeOf } from "./testing/home-of.ts";
import { type TemporaryFolder, temporaryFolder } from "./testing/temporary-folder.ts";

const isLinux = process.platform === "linux";
const NO_PROC = "only Linux has /proc";

function processFile({ pid }: Server, name: "cmdline" | "environ"): Promise<string> {
  return readFile(`/proc/${pid}/${name}`, "utf8");
}

describe("a server that runs", () => {
  let binary: ServerBinary;
  let folder: TemporaryFolder;
  let server: Server;
  const told: string[] = [];
  beforeAll(async () => {
    binary = await findServer();
    folder = await temporaryFolder();
    const plugin = await folder.script("plugin", "exit 1");
    // Would send the command line, and plugins, to another server.
    process.env[`${binary.prefix}_NAMESPACE`] = "elsewhere";
    server = await startDevServer({
      binary,
      plugins: [
        { name: "plain", file: plugin },
        { name: "versioned", file: plugin, version: "v1.2.3" },
      ],
      logLevel: "trace",
      env: { SEEN_BY_PLUGINS: "yes" },
      onLog: (line) => told.push(line),
    });
  });
  afterAll(async () => {
    delete process.env[`${binary.prefix}_NAMESPACE`];
    await server.stop();
    await folder[Symbol.asyncDispose]();
  });

  test("responds to its API with the root token, another token, or an unknown one", async () => {
    expect((await server.request("GET", "sys/mounts")).status).toBe(200);
    expect(
      (await server.request("GET", "sys/mounts", undefined, { token: "unknown" })).status,
    ).toBe(403);
    expect((await server.request("GET", "sys/nothing")).status).toBe(404);
  });

  test("answers its command line", async () => {
    const { exitCode, stdout, stderr } = await server.cli(["status", "-format=json"]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({
      initialized: true,
      sealed: false,
      storage_type: "inmem",
    });
  });

  test("passes standard input to its command line", async () => {
    await server.cli(["secrets", "enable", "-path=cli", "kv"]);
    expect(
      await server.cli(["write", "cli/a", "value=-"], { stdin: "from the input" }),
    ).toMatchObject({
      exitCode: 0,
      stdout: "Success! Data written to: cli/a",
    });
    expect((await server.cli(["read", "-field=value", "cli/a"])).stdout).toBe("from the input");
  });

  test("a failing command line is returned", async () => {
    const { exitCode, stderr } = await server.cli(["token", "lookup"], { token: "unknown" });
    expect(exitCode).toBe(2);
    expect(stderr).toContain("permission denied");
  });

  test("a login is stored in the server's folder, and not in the user's home", async () => {
    expect((await server.cli(["login", "-"], { stdin: server.rootToken })).exitCode).toBe(0);
    expect(existsSync(join(await homeOf(server), ".vault-token"))).toBe(true);
  });

  test("has the plugins in its catalog", async () => {
    const plain = await server.request("GET", "sys/plugins/catalog/secret/plain");
    expect(plain).toMatchObject({
      status: 200,
      body: {
        data: {
          command: "plain",
          sha256: "275239824e00e61b0a220e61a41791c7e9b4bd726f8b0c27077a338f8131c9dc",
        },
      },
    });
    const versioned = await server.request(
      "GET",
      "sys/plugins/catalog/secret/versioned?version=v1.2.3",
    );
    expect(versioned).toMatchObject({
      status: 200,
      body: { data: { command: "versioned-v1.2.3" } },
    });
  });

  test("runs no plugin as long as none is enabled", async () => {
    expect(await server.pluginProcesses()).toEqual([]);
  });

  test("logs at the given level, and passes on each line", () => {
    expect(server.logs.some((line) => line.includes("[TRACE]"))).toBe(true);
    expect(told).toEqual(server.logs);
  });

  test("shows its root token in no log and no argument", async ({ skip }) => {
    skip(!isLinux, NO_PROC);
    expect(server.rootToken).toMatch(/^[0-9a-f]{32}$/);
    expect(server.logs.join("\n")).not.toContain(server.rootToken);
    expect(server.logs).toContain("Root Token: (hidden)");
    expect(await processFile(server, "cmdline")).not.toContain(server.rootToken);
  });

  test("has the given variables, and none of the user's for servers", async ({ skip }) => {
    skip(!isLinux, NO_PROC);
    const variables = (await processFile(server, "environ")).split("\0");
    const home = await homeOf(server);
    expect(variables).toEqual(
      expect.arrayContaining(["SEEN_BY_PLUGINS=yes", `HOME=${home}`, `TMPDIR=${home}`]),
    );
    expect(
      variables.filter((line) => /^(BAO|VAULT)_/.test(line)).map((line) => line.split("=")[0]),
    ).toEqual([`${binary.prefix}_DEV_ROOT_TOKEN_ID`]);
  });
});
