import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Server } from "@vault-ts/openbao";
import { expect } from "vitest";
import { newMount, request } from "../support/mount.ts";
import { scenario } from "../support/scenario.ts";
import { startServer, useServer } from "../support/use-server.ts";

const use = useServer();

/**
 * The sockets that a plugin of ours is bound to, as the kernel lists them; a host's own have other
 * names.
 */
function socketsOf(pid: number): string[] {
  const links = readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`));
  const inodes = new Set(links.map((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1]));
  const lines = readFileSync("/proc/net/unix", "utf8").split("\n");
  const paths = lines.flatMap((line) => {
    const [, inode, path] = /(\d+) (\/\S*\/plugin-[\da-f]{8})$/.exec(line) ?? [];
    return path !== undefined && inodes.has(inode) ? [path] : [];
  });
  return [...new Set(paths)];
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    // A descriptor may be closed meanwhile.
    return "";
  }
}

async function onlyPlugin(server: Server): Promise<number> {
  const [pid, ...others] = await server.pluginProcesses();
  expect(others).toEqual([]);
  if (pid === undefined) throw new Error("the server runs no plugin");
  return pid;
}

const isAlive = (pid: number) => existsSync(`/proc/${pid}`);

scenario(
  ["TWO_MOUNTS"],
  "two mounts have separate configurations, roles and tokens, in one process",
  async () => {
    await using one = await newMount(use.server);
    await using two = await newMount(use.server);
    await one.configure();
    await two.configure({ explicit_max_ttl: 60 });
    await one.write("role/a", { user_id: "user-12345abcde" });
    expect((await two.read("role/a")).status).toBe(404);
    await two.write("role/a", { user_id: "user-12345abcde" });

    const [first, second] = await Promise.all([one.read("creds/a"), two.read("creds/a")]);
    expect(await one.statusOf(first.data["token"])).toBe(200);
    expect(await one.statusOf(second.data["token"])).toBe(401);
    expect(await two.statusOf(second.data["token"])).toBe(200);
    expect(second.leaseDuration).toBe(60);
    await onlyPlugin(use.server);

    expect((await request(use.server, "DELETE", `sys/mounts/${two.path}`)).status).toBe(204);
    expect(await two.statusOf(second.data["token"])).toBe(401);
    expect((await one.read("creds/a")).status).toBe(200);
  },
);

scenario(["RELOAD"], "after a reload, stored tokens and leases continue", async () => {
  await using mount = await newMount(use.server);
  await mount.configure();
  await mount.write("role/a", { user_id: "user-12345abcde" });
  await mount.write("role/o", { organization: mount.simulator.credentials.organization });
  const leased = await mount.read("creds/a");
  const stored = await mount.read("creds/o");

  const { exitCode, stdout } = await use.server.cli(["plugin", "reload", "-plugin", "terraform"]);
  expect(stdout).toContain("Success! Reloaded plugin");
  expect(exitCode).toBe(0);

  expect((await mount.read("creds/o")).data["token"]).toBe(stored.data["token"]);
  expect((await mount.read("creds/a")).status).toBe(200);
  const revoked = await request(use.server, "PUT", "sys/leases/revoke", {
    lease_id: leased.leaseId,
    sync: true,
  });
  expect(revoked.status).toBe(204);
  expect(await mount.statusOf(leased.data["token"])).toBe(401);
});

scenario(
  ["PLUGIN_KILLED"],
  "after the idle plugin was killed, the next request works",
  async () => {
    await using server = await startServer();
    await using mount = await newMount(server);
    await mount.configure();
    await mount.write("role/a", { user_id: "user-12345abcde" });
    const pid = await onlyPlugin(server);
    process.kill(pid, "SIGKILL");
    while (isAlive(pid)) await sleep(10);

    expect((await mount.read("creds/a")).status).toBe(200);
    expect(await onlyPlugin(server)).not.toBe(pid);
  },
);

scenario(
  ["SERVER_KILLED"],
  "after the server was killed, no plugin process and no socket remains",
  async () => {
    await using server = await startServer();
    await using mount = await newMount(server);
    await mount.configure();
    const pid = await onlyPlugin(server);
    const sockets = socketsOf(pid);
    expect(sockets).toHaveLength(1);

    await server.kill("SIGKILL");
    await expect.poll(() => isAlive(pid)).toBe(false);
    expect(sockets.filter((path) => existsSync(path))).toEqual([]);
  },
);

scenario(
  ["LOG_LEVELS"],
  "log lines reach the server's log at their level, without a token",
  async () => {
    await using server = await startServer();
    await using mount = await newMount(server);
    await mount.configure();
    await mount.write("role/a", { user_id: "user-12345abcde" });
    const { data } = await mount.read("creds/a");
    await request(server, "DELETE", `sys/mounts/${mount.path}`);
    await expect
      .poll(() => server.logs.filter((line) => line.includes("terraform: the plugin is exiting")))
      .toEqual([expect.stringMatching(/\[DEBUG\].*terraform.*: the plugin is exiting: /)]);
    for (const secret of [String(data["token"]), mount.simulator.credentials.token]) {
      expect(server.logs.join("\n")).not.toContain(secret);
    }
  },
);
