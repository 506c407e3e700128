import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { listenOnSocket, type PluginSocket } from "./plugin-socket.ts";

const folder = mkdtempSync(join(tmpdir(), "plugin-socket-"));
const sockets: PluginSocket[] = [];

async function listen(env: Record<string, string>): Promise<PluginSocket> {
  const socket = await listenOnSocket((connection) => connection.end("hello"), env);
  sockets.push(socket);
  return socket;
}

const modeOf = ({ path }: PluginSocket) => (statSync(path).mode & 0o777).toString(8);

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.remove();
});

afterAll(() => rmSync(folder, { recursive: true }));

describe("a socket", () => {
  it("accepts connections of its owner", async () => {
    const { path } = await listen({});
    const [greeting] = await once(connect(path), "data");
    expect(String(greeting)).toBe("hello");
    expect(dirname(path)).toBe(tmpdir());
  });

  it("is directly in the folder that the host names", async () => {
    const { path } = await listen({ PLUGIN_UNIX_SOCKET_DIR: folder });
    expect(dirname(path)).toBe(folder);
  });

  it("is accessible only to its owner, whatever the umask, which stays unchanged", async () => {
    const umask = process.umask(0);
    try {
      expect(modeOf(await listen({}))).toBe("600");
      expect(process.umask()).toBe(0);
    } finally {
      process.umask(umask);
    }
  });

  it("is accessible to a group by its number", async () => {
    const gid = process.getgid?.() ?? 0;
    const socket = await listen({ PLUGIN_UNIX_SOCKET_GROUP: String(gid) });
    expect({ mode: modeOf(socket), gid: statSync(socket.path).gid }).toEqual({ mode: "660", gid });
  });

  it("is accessible to a group by its name", async ({ skip }) => {
    skip(process.getuid?.() !== 0, "only root may give a socket to any group");
    const socket = await listen({ PLUGIN_UNIX_SOCKET_GROUP: "daemon" });
    expect({ mode: modeOf(socket), gid: statSync(socket.path).gid }).toEqual({
      mode: "660",
      gid: 1,
    });
  });

  it("no longer exists once it is removed, even twice", async () => {
    const socket = await listen({});
    socket.remove();
    socket.remove();
    expect(existsSync(socket.path)).toBe(false);
  });

  it("has a name of its own", async () => {
    expect((await listen({})).path).not.toBe((await listen({})).path);
  });
});

describe("no socket", () => {
  it("is left when the group doesn't exist", async () => {
    const own = mkdtempSync(join(folder, "own-"));
    const env = { PLUGIN_UNIX_SOCKET_DIR: own, PLUGIN_UNIX_SOCKET_GROUP: "no-such-group" };
    await expect(listen(env)).rejects.toMatchObject({
      name: "GrpcError",
      code: 9,
      message:
        'PLUGIN_UNIX_SOCKET_GROUP is "no-such-group", which is not a group; set it to one that the system knows, or unset it',
    });
    expect(readdirSync(own)).toEqual([]);
  });

  it("is created in a folder that doesn't exist", async () => {
    const env = { PLUGIN_UNIX_SOCKET_DIR: join(folder, "nowhere") };
    await expect(listen(env)).rejects.toMatchObject({
      code: 9,
      message: expect.stringMatching(
        /^creating a socket in ".*nowhere" failed: listen E\w+: .*; set TMPDIR of the server, or PLUGIN_UNIX_SOCKET_DIR, to a folder that the server's user can write to$/,
      ),
    });
  });

  it.runIf(process.platform === "linux")(
    "is created with a path that the system would truncate",
    async () => {
      const long = longFolder(92);
      await expect(listen({ PLUGIN_UNIX_SOCKET_DIR: long })).rejects.toMatchObject({
        code: 9,
        message: expect.stringMatching(
          /^the path of its socket, ".*", has 108 bytes, and the maximum is 107; set TMPDIR of the server, or PLUGIN_UNIX_SOCKET_DIR, to a folder with a shorter path$/,
        ),
      });
      expect(readdirSync(long)).toEqual([]);
      const { path } = await listen({ PLUGIN_UNIX_SOCKET_DIR: longFolder(91) });
      expect(Buffer.byteLength(path)).toBe(107);
      expect(existsSync(path)).toBe(true);
    },
  );

  it("is announced if it doesn't accept connections", async () => {
    const own = mkdtempSync(join(folder, "gone-"));
    const made = listen({ PLUGIN_UNIX_SOCKET_DIR: own });
    // Between its making and the call that dials it.
    for (const name of readdirSync(own)) rmSync(join(own, name));
    await expect(made).rejects.toMatchObject({
      code: 9,
      message: expect.stringMatching(/^connecting to its own socket failed: connect ENOENT/),
    });
  });
});

/** A folder whose path has so many bytes, not all of them characters. */
function longFolder(bytes: number): string {
  const path = `${folder}/ä`.padEnd(bytes - 1, "x");
  mkdirSync(path);
  return path;
}
