import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startDevServer } from "./dev-server.ts";
import { findServer } from "./find-server.ts";
import { freePort } from "./free-port.ts";
import type { Server } from "./server.ts";
import type { ServerBinary } from "./server-binary.ts";
import { isAlive, waitFor } from "./testing/is-alive.ts";
import { runProgram } from "./testing/run-program.ts";
import { type TemporaryFolder, temporaryFolder } from "./testing/temporary-folder.ts";

let binary: ServerBinary;
let folder: TemporaryFolder;
let plugin: string;

beforeAll(async () => {
  binary = await findServer();
  folder = await temporaryFolder();
  plugin = await folder.script("plugin", "exit 1");
}, 600_000);

afterAll(async () => {
  await folder[Symbol.asyncDispose]();
});

const linux = process.platform === "linux";

function processFile({ pid }: Server, name: "cmdline" | "environ"): Promise<string> {
  return readFile(`/proc/${pid}/${name}`, "utf8");
}

/** The folder of a server, as it says itself. */
async function home(server: Server): Promise<string> {
  const { body } = await server.request("GET", "sys/config/state/sanitized");
  const { plugin_directory } = (body as { data: { plugin_directory: string } }).data;
  return dirname(plugin_directory);
}

describe("a server that runs", { timeout: 60_000 }, () => {
  let server: Server;
  const told: string[] = [];
  beforeAll(async () => {
    // Would lead the command line, and plugins, elsewhere.
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
  }, 60_000);
  afterAll(async () => {
    delete process.env[`${binary.prefix}_NAMESPACE`];
    await server.stop();
  });

  test("answers its API, with the root token, another, or none that it knows", async () => {
    expect((await server.request("GET", "sys/mounts")).status).toBe(200);
    expect((await server.request("GET", "sys/mounts", undefined, { token: "unknown" })).status).toBe(403);
    expect((await server.request("GET", "sys/nothing")).status).toBe(404);
  });

  test("answers its command line", async () => {
    const { exitCode, stdout, stderr } = await server.cli(["status", "-format=json"]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({ initialized: true, sealed: false, storage_type: "inmem" });
  });

  test("takes what the command line is given on its standard input", async () => {
    await server.cli(["secrets", "enable", "-path=cli", "kv"]);
    expect(await server.cli(["write", "cli/a", "value=-"], { stdin: "from the input" })).toMatchObject({
      exitCode: 0,
      stdout: "Success! Data written to: cli/a",
    });
    expect((await server.cli(["read", "-field=value", "cli/a"])).stdout).toBe("from the input");
  });

  test("a command line that fails is an outcome", async () => {
    const { exitCode, stderr } = await server.cli(["token", "lookup"], { token: "unknown" });
    expect(exitCode).toBe(2);
    expect(stderr).toContain("permission denied");
  });

  test("a login is kept in the server's folder, and not in the home of the one who runs it", async () => {
    expect((await server.cli(["login", "-"], { stdin: server.rootToken })).exitCode).toBe(0);
    expect(existsSync(join(await home(server), ".vault-token"))).toBe(true);
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
    const versioned = await server.request("GET", "sys/plugins/catalog/secret/versioned?version=v1.2.3");
    expect(versioned).toMatchObject({ status: 200, body: { data: { command: "versioned-v1.2.3" } } });
  });

  test("runs no plugin as long as none is enabled", async () => {
    expect(await server.pluginProcesses()).toEqual([]);
  });

  test("logs at the level that is asked for, and tells each line", () => {
    expect(server.logs.some((line) => line.includes("[TRACE]"))).toBe(true);
    expect(told).toEqual(server.logs);
  });

  test.runIf(linux)("shows its root token in no log and no argument", async () => {
    expect(server.rootToken).toMatch(/^[0-9a-f]{32}$/);
    expect(server.logs.join("\n")).not.toContain(server.rootToken);
    expect(server.logs).toContain("Root Token: (hidden)");
    expect(await processFile(server, "cmdline")).not.toContain(server.rootToken);
  });

  test.runIf(linux)("has the variables it was given, and none of the person's own for servers", async () => {
    const variables = (await processFile(server, "environ")).split("\0");
    expect(variables).toContain("SEEN_BY_PLUGINS=yes");
    expect(variables).toContain(`HOME=${await home(server)}`);
    expect(variables.filter((line) => /^(BAO|VAULT)_/.test(line)).map((line) => line.split("=")[0])).toEqual([
      `${binary.prefix}_DEV_ROOT_TOKEN_ID`,
    ]);
  });
});

describe("the end of a server", { timeout: 60_000 }, () => {
  test("leaves neither a process nor a folder, however often it is asked for", async () => {
    const server = await startDevServer({ binary, plugins: [] });
    const kept = await home(server);
    expect(existsSync(kept)).toBe(true);
    await Promise.all([server.stop(), server.stop()]);
    await server.stop();
    expect(isAlive(server.pid)).toBe(false);
    expect(existsSync(kept)).toBe(false);
    await expect(server.request("GET", "sys/health")).rejects.toMatchObject({ code: "unreachable" });
  });

  test("comes with the end of a block", async () => {
    let pid: number;
    {
      await using server = await startDevServer({ binary, plugins: [] });
      pid = server.pid;
      expect(isAlive(pid)).toBe(true);
    }
    expect(isAlive(pid)).toBe(false);
  });

  test("comes with a signal, and is waited for", async () => {
    await using server = await startDevServer({ binary, plugins: [] });
    await server.kill("SIGKILL");
    expect(isAlive(server.pid)).toBe(false);
  });

  const endings = {
    "killed by SIGKILL": "process.kill(process.pid, 'SIGKILL');",
    "ended by an error": "throw new Error('unexpected');",
  } as const;
  test.each(Object.entries(endings))(
    "comes with that of the process that started it, %s",
    async (_, then) => {
      const program = `
      import { findServer, startDevServer } from "./index.ts";
      const server = await startDevServer({ binary: await findServer(), plugins: [] });
      const { body } = await server.request("GET", "sys/config/state/sanitized");
      console.log(JSON.stringify([server.pid, body.data.plugin_directory]));
      ${then}
    `;
      const [pid, kept] = JSON.parse((await runProgram(program)).stdout);
      await waitFor(() => !isAlive(pid) && !existsSync(kept));
      expect(isAlive(pid)).toBe(false);
      expect(existsSync(dirname(kept))).toBe(false);
    },
  );
});

describe("a server on a port", { timeout: 60_000 }, () => {
  test("that is free", async () => {
    const port = await freePort();
    await using server = await startDevServer({ binary, plugins: [], port });
    expect(server.address).toBe(`http://127.0.0.1:${port}`);
    expect((await server.request("GET", "sys/health")).status).toBe(200);
  });

  test("that is taken", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as { port: number };
    await expect(startDevServer({ binary, plugins: [], port })).rejects.toMatchObject({
      code: "port_in_use",
      message: `Port ${port} of 127.0.0.1 can't be used, something else listens there: choose another.`,
    });
    other.close();
  });
});

describe("a server that doesn't start", { timeout: 60_000 }, () => {
  test("because it ends, is told with the end of its log", async () => {
    const path = await folder.script("ends", "echo first; echo no luck today >&2; exit 1");
    await expect(startDevServer({ binary: { ...binary, path }, plugins: [] })).rejects.toMatchObject({
      code: "not_started",
      message: expect.stringMatching(
        /^The server ended while it started\. The end of its log:\n.*no luck today/s,
      ),
    });
  });

  test("because the program is gone", async () => {
    const path = join(folder.path, "absent");
    await expect(startDevServer({ binary: { ...binary, path }, plugins: [] })).rejects.toMatchObject({
      code: "not_started",
      message: `${path} can't be run.`,
    });
  });

  test("because there is no plugin", async () => {
    const file = join(folder.path, "absent");
    const result = startDevServer({ binary, plugins: [{ name: "plain", file }] });
    await expect(result).rejects.toMatchObject({ code: "no_plugin" });
  });

  test("because it refuses a plugin", async () => {
    const result = startDevServer({ binary, plugins: [{ name: "plain", file: plugin, version: "first" }] });
    await expect(result).rejects.toMatchObject({
      code: "refused",
      message: expect.stringMatching(/^The server doesn't take the plugin plain: .*version/),
    });
  });
});
