import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdtempSync, rmSync } from "node:fs";
import type { Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A unix socket in a folder of its own that nobody else may enter, or only the host's group. */
export interface PluginSocket {
  readonly path: string;
  /** Takes no more connections and removes the socket. Idempotent, and synchronous for the last moment of a process. */
  remove(): void;
}

/**
 * Makes the server listen on a new socket.
 *
 * `PLUGIN_UNIX_SOCKET_DIR` names the folder to put it below, and `PLUGIN_UNIX_SOCKET_GROUP` the group, by name or number, that may
 * connect: for hosts that run their plugins as other users.
 */
export async function listenOnSocket(server: Server, env: NodeJS.ProcessEnv): Promise<PluginSocket> {
  const folder = mkdtempSync(join(env["PLUGIN_UNIX_SOCKET_DIR"] || tmpdir(), "vault-plugin-"));
  const path = join(folder, "plugin.sock");
  const remove = () => {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await listen(server, path);
    const group = env["PLUGIN_UNIX_SOCKET_GROUP"];
    chmodSync(path, group ? 0o660 : 0o600);
    if (group) shareWith(groupId(group), folder, path);
  } catch (error) {
    remove();
    throw error;
  }
  return { path, remove };
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
}

function shareWith(group: number, folder: string, path: string): void {
  const { getuid } = process;
  const user = getuid ? getuid.call(process) : -1;
  chownSync(folder, user, group);
  chmodSync(folder, 0o750);
  chownSync(path, user, group);
}

function groupId(group: string): number {
  if (/^\d+$/.test(group)) return Number(group);
  const [, , id = ""] = execFileSync("getent", ["group", group], { encoding: "utf8" }).split(":");
  return Number(id);
}
