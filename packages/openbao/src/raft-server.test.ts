import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findServer } from "./find-server.ts";
import { type RaftServer, startRaftServer } from "./raft-server.ts";
import { isAlive } from "./testing/is-alive.ts";
import { type TemporaryFolder, temporaryFolder } from "./testing/temporary-folder.ts";

describe("a server with Raft storage", () => {
  let folder: TemporaryFolder;
  let server: RaftServer;
  beforeAll(async () => {
    folder = await temporaryFolder();
    server = await startRaftServer({
      binary: await findServer(),
      plugins: [{ name: "plain", file: await folder.script("plugin", "exit 1") }],
    });
    await server.request("POST", "sys/mounts/kept", { type: "kv" });
    await server.request("POST", "kept/a", { value: "first" });
  });
  afterAll(async () => {
    await server.stop();
    await folder[Symbol.asyncDispose]();
  });

  const expectKept = async (value: string) => {
    expect(await server.request("GET", "kept/a")).toMatchObject({
      status: 200,
      body: { data: { value } },
    });
    const { status } = await server.request("GET", "sys/plugins/catalog/secret/plain");
    expect(status).toBe(200);
  };

  test("is one node that is unsealed and active", async () => {
    const { stdout } = await server.cli(["status", "-format=json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      sealed: false,
      storage_type: "raft",
      t: 1,
      n: 1,
      is_self: true,
    });
  });

  test("keeps data, plugins, address and root token when it is restarted", async () => {
    const { pid, address } = server;
    await server.request("POST", "kept/a", { value: "before the restart" });
    await server.restart();
    expect(server.address).toBe(address);
    expect(server.pid).not.toBe(pid);
    expect(isAlive(pid)).toBe(false);
    await expectKept("before the restart");
  });

  test("keeps them when it is restarted after it was killed", async () => {
    await server.request("POST", "kept/a", { value: "before the crash" });
    await server.kill("SIGKILL");
    await server.restart();
    await expectKept("before the crash");
  });

  test("serves only its state while it is sealed, and keeps its data", async () => {
    await server.request("POST", "kept/a", { value: "before the seal" });
    await server.seal();
    expect(await server.request("GET", "kept/a")).toMatchObject({ status: 503 });
    expect(await server.request("GET", "sys/health")).toMatchObject({
      status: 503,
      body: { sealed: true },
    });
    await server.unseal();
    await expectKept("before the seal");
  });

  test("restores a snapshot", async () => {
    await server.request("POST", "kept/a", { value: "in the snapshot" });
    const snapshot = await server.snapshot();
    await server.request("POST", "kept/a", { value: "after the snapshot" });
    await server.restore(snapshot);
    await expectKept("in the snapshot");
    const damaged = server.restore(snapshot.subarray(0, 100));
    await expect(damaged).rejects.toMatchObject({ code: "refused" });
    await expectKept("in the snapshot");
  });

  test("shows neither root token nor keys in its log", () => {
    expect(server.logs.length).toBeGreaterThan(100);
    expect(server.logs.join("\n")).not.toContain(server.rootToken);
  });

  test("is gone when it is stopped", async () => {
    await server.stop();
    expect(isAlive(server.pid)).toBe(false);
    await expect(server.restart()).rejects.toMatchObject({ code: "not_started" });
  });
});
