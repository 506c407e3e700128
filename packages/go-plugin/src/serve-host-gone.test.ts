import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, it } from "vitest";
import { isAlive } from "./testing-fixtures/is-alive.ts";

const HOST = fileURLToPath(new URL("testing-fixtures/host.ts", import.meta.url));

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** A host at some stage, its plugin's process, and the folder of the sockets. */
async function hostAt(stage: string) {
  const folder = mkdtempSync(join(tmpdir(), "host-gone-"));
  const host = spawn(process.execPath, ["--import", "tsx", HOST, stage], {
    env: { ...process.env, PLUGIN_UNIX_SOCKET_DIR: folder },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [text] = (await once(host.stdout.setEncoding("utf8"), "data")) as [string];
  const { pid, path } = JSON.parse(text) as { pid: number; path: string };
  cleanups.push(() => {
    host.kill("SIGKILL");
    if (isAlive(pid)) process.kill(pid, "SIGKILL");
    rmSync(folder, { recursive: true });
  });
  return { host, pid, path, folder };
}

it.each([
  { stage: "started", name: "before the plugin is up" },
  { stage: "line", name: "before it connected" },
  { stage: "connected", name: "before its first call" },
  { stage: "call", name: "during a call" },
  { stage: "brokered call", name: "during a call back to it" },
])("a plugin exits and removes its socket when the host is killed $name", async ({ stage }) => {
  const { host, pid, path, folder } = await hostAt(stage);
  expect({ alive: isAlive(pid), socket: existsSync(path) }).toEqual({
    alive: true,
    socket: path !== "",
  });
  host.kill("SIGKILL");
  const left = () => ({ alive: isAlive(pid), sockets: readdirSync(folder) });
  await expect.poll(left).toEqual({ alive: false, sockets: [] });
});
