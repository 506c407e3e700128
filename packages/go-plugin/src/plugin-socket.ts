import { randomBytes } from "node:crypto";
import { chmodSync, chownSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { GrpcCode, GrpcError } from "./grpc/status.ts";

/** The unix socket that a host connects to: only its owner may, or a group too. */
export interface PluginSocket {
  readonly path: string;
  /**
   * Stops listening and removes the socket. Idempotent, and synchronous so that a process can call
   * it on exit.
   */
  remove(): void;
}

/**
 * The limit of a socket path in bytes: a system truncates a longer one, and listens somewhere else.
 */
const MAX_PATH_BYTES = process.platform === "darwin" ? 103 : 107;

const REMEDY = "set TMPDIR of the server, or PLUGIN_UNIX_SOCKET_DIR, to";

/**
 * Listens on a new socket, and verifies that it accepts connections.
 *
 * `PLUGIN_UNIX_SOCKET_DIR` names the folder for it, and `PLUGIN_UNIX_SOCKET_GROUP` the group, by
 * name or number, that may connect: for hosts that run their plugins as other users, or in
 * containers.
 *
 * @param onConnection Called with each connection.
 * @throws GrpcError FAILED_PRECONDITION, with the remedy, if there can be no such socket.
 */
export async function listenOnSocket(
  onConnection: (socket: Socket) => void,
  env: NodeJS.ProcessEnv,
): Promise<PluginSocket> {
  const path = socketPath(env["PLUGIN_UNIX_SOCKET_DIR"] || tmpdir());
  const server = createServer();
  const remove = () => {
    server.close();
    rmSync(path, { force: true });
  };
  await listenAsOwner(server, path);
  try {
    const group = env["PLUGIN_UNIX_SOCKET_GROUP"];
    if (group) shareWith(await groupId(group), path);
    await dialOnce(server, path);
  } catch (error) {
    remove();
    throw error;
  }
  server.on("connection", onConnection);
  return { path, remove };
}

/**
 * Right in the folder, not below it: a host whose plugin is in a container looks for it there. The
 * name is no longer than those of the host's own sockets, which has them in the same folder: where
 * one fits, so does the other.
 */
function socketPath(folder: string): string {
  const path = join(folder, `plugin-${randomBytes(4).toString("hex")}`);
  const bytes = Buffer.byteLength(path);
  if (bytes <= MAX_PATH_BYTES) return path;
  throw new GrpcError(
    GrpcCode.FAILED_PRECONDITION,
    `the path of its socket, "${path}", has ${bytes} bytes, and the maximum is ${MAX_PATH_BYTES}; ${REMEDY} a folder with a shorter path`,
  );
}

/** The first connection is that of the plugin itself. */
function dialOnce(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("connection", (socket) => {
      socket.destroy();
      resolve();
    });
    const client = connect(path, () => client.destroy());
    client.once("error", (cause) =>
      reject(
        new GrpcError(
          GrpcCode.FAILED_PRECONDITION,
          `connecting to its own socket failed: ${cause.message}; ${REMEDY} a folder where sockets accept connections`,
          { cause },
        ),
      ),
    );
  });
}

/** The socket is created with this mode: others can't connect at any time. */
function listenAsOwner(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (cause: Error) =>
      reject(
        new GrpcError(
          GrpcCode.FAILED_PRECONDITION,
          `creating a socket in "${dirname(path)}" failed: ${cause.message}; ${REMEDY} a folder that the server's user can write to`,
          { cause },
        ),
      );
    server.once("error", fail);
    const umask = process.umask(0o177);
    server.listen(path, () => {
      server.off("error", fail);
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

/** Returns a group's id by `getent`: Node resolves names of groups only to join them. */
async function groupId(group: string): Promise<number> {
  if (/^\d+$/.test(group)) return Number(group);
  const { spawnSync } = await import("node:child_process");
  const { stdout } = spawnSync("getent", ["group", group], { encoding: "utf8" });
  const [, , id = ""] = (stdout ?? "").split(":");
  if (/^\d+$/.test(id)) return Number(id);
  throw new GrpcError(
    GrpcCode.FAILED_PRECONDITION,
    `PLUGIN_UNIX_SOCKET_GROUP is "${group}", which is not a group; set it to one that the system knows, or unset it`,
  );
}
