import { randomBytes } from "node:crypto";
import { chmodSync, chownSync, rmSync } from "node:fs";
import type { Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GrpcCode, GrpcError } from "./grpc/status.ts";

/** The unix socket that a host connects to: its owner's alone, or a group's as well. */
export interface PluginSocket {
  readonly path: string;
  /** Takes no more connections and removes the socket. Idempotent, and synchronous for the last moment of a process. */
  remove(): void;
}

/**
 * Makes the server listen on a new socket.
 *
 * `PLUGIN_UNIX_SOCKET_DIR` names the folder for it, and `PLUGIN_UNIX_SOCKET_GROUP` the group, by name or number, that may connect:
 * for hosts that run their plugins as other users, or in containers.
 */
export async function listenOnSocket(server: Server, env: NodeJS.ProcessEnv): Promise<PluginSocket> {
  // Right in the folder, not below it: a host whose plugin is in a container looks for it there.
  const folder = env["PLUGIN_UNIX_SOCKET_DIR"] || tmpdir();
  const path = join(folder, `plugin-${randomBytes(8).toString("hex")}`);
  const remove = () => {
    server.close();
    rmSync(path, { force: true });
  };
  await listenAsOwner(server, path);
  try {
    const group = env["PLUGIN_UNIX_SOCKET_GROUP"];
    if (group) shareWith(await groupId(group), path);
    return { path, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

/** The socket is made with this mode: there is no moment at which others could connect. */
function listenAsOwner(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    const umask = process.umask(0o177);
    server.listen(path, () => {
      server.off("error", reject);
      resolve();
    });
    process.umask(umask);
  });
}

function shareWith(group: number, path: string): void {
  const sameOwner = -1;
  chownSync(path, sameOwner, group);
  chmodSync(path, 0o660);
}

/** Node has no way to ask for a group, other than to become a member. */
async function groupId(group: string): Promise<number> {
  if (/^\d+$/.test(group)) return Number(group);
  const { spawnSync } = await import("node:child_process");
  const { stdout } = spawnSync("getent", ["group", group], { encoding: "utf8" });
  const [, , id = ""] = (stdout ?? "").split(":");
  if (/^\d+$/.test(id)) return Number(id);
  throw new GrpcError(
    GrpcCode.FAILED_PRECONDITION,
    `PLUGIN_UNIX_SOCKET_GROUP is "${group}", which is no group.`,
  );
}
