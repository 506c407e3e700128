import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startDevServer } from "./dev-server.ts";
import { findServer } from "./find-server.ts";
import { freePort } from "./free-port.ts";
import type { ServerBinary } from "./server-binary.ts";
import { homeOf } from "./testing/home-of.ts";
import { isAlive } from "./testing/is-alive.ts";
import { runProgram } from "./testing/run-program.ts";
import { type TemporaryFolder, temporaryFolder } from "./testing/temporary-folder.ts";

let binary: ServerBinary;
let folder: TemporaryFolder;
let plugin: string;

beforeAll(async () => {
  binary = await findServer();
  folder = await temporaryFolder();
  plugin = await folder.script("plugin", "exit 1");
});

afterAll(async () => {
  await folder[Symbol.asyncDispose]();
});

describe("the end of a server", () => {
  test("leaves neither a process nor a folder, however often it is requested", async () => {
    const server = await startDevServer({ binary, plugins: [] });
    const kept = await homeOf(server);
    expect(existsSync(kept)).toBe(true);
    await Promise.all([server.stop(), server.stop()]);
    await server.stop();
    expect(isAlive(server.pid)).toBe(false);
    expect(existsSync(kept)).toBe(false);
    await expect(server.request("GET", "sys/health")).rejects.toMatchObject({
      code: "unreachable",
    });
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
  // Each has its own expect: they run concurrently.
  test.concurrent.for(Object.entries(endings))(
    "comes with that of the process that started it, %s",
    async ([, then], { expect }) => {
      const program = `
      import { findServer, startDevServer } from "./index.ts";
      const server = await startDevServer({ binary: await findServer(), plugins: [] });
      const { body } = await server.request("GET", "sys/config/state/sanitized");
      console.log(JSON.stringify([server.pid, body.data.plugin_directory]));
      ${then}
    `;
      const [pid, kept] = JSON.parse((await runProgram(program)).stdout);
      await expect.poll(() => [isAlive(pid), existsSync(dirname(kept))]).toEqual([false, false]);
    },
  );
});

describe("a server on a port", () => {
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
      message: `port ${port} of 127.0.0.1 is in use, or not permitted; choose another`,
    });
    other.close();
  });
});

describe("a server that doesn't start", () => {
  test("because it exits is reported with the end of its log", async () => {
    const path = await folder.script("ends", "echo first; echo no luck today >&2; exit 1");
    await expect(
      startDevServer({ binary: { ...binary, path }, plugins: [] }),
    ).rejects.toMatchObject({
      code: "not_started",
      message: expect.stringMatching(
        /^the server exited while it started; the end of its log:\n.*no luck today/s,
      ),
    });
  });

  test("because the program is gone", async () => {
    const path = join(folder.path, "absent");
    await expect(
      startDevServer({ binary: { ...binary, path }, plugins: [] }),
    ).rejects.toMatchObject({
      code: "not_started",
      message: `executing ${path} failed`,
    });
  });

  test("because there is no plugin", async () => {
    const file = join(folder.path, "absent");
    const result = startDevServer({ binary, plugins: [{ name: "plain", file }] });
    await expect(result).rejects.toMatchObject({ code: "no_plugin" });
  });

  test("because it rejects a plugin", async () => {
    const result = startDevServer({
      binary,
      plugins: [{ name: "plain", file: plugin, version: "first" }],
    });
    await expect(result).rejects.toMatchObject({
      code: "refused",
      message: expect.stringMatching(/^registering the plugin plain failed: .*version/),
    });
  });
});
