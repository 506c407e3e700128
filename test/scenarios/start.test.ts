import { spawn } from "node:child_process";
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { PLUGIN_FILE } from "@vault-ts/dev";
import { findServer, type Server, startDevServer } from "@vault-ts/openbao";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { IS_BUNDLE, NO_BUNDLE } from "../support/bundle.ts";
import { newMount, request } from "../support/mount.ts";
import { installOldNode } from "../support/old-node.ts";
import { scenario } from "../support/scenario.ts";
import { failedStart, registerWith } from "../support/starts.ts";

const PRELOAD = fileURLToPath(new URL("../fixtures/break-connections.cjs", import.meta.url));
const IS_LINUX = process.platform === "linux";

let folder: string;
let server: Server;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "start-"));
  const noisy = await write(
    "noisy.cjs",
    'console.log("not a handshake"); console.error("[ERROR] noise");',
  );
  server = await startDevServer({
    binary: await findServer(),
    plugins: [{ name: "terraform", file: PLUGIN_FILE }],
    // What the plugin says has to be seen at a server's usual level.
    logLevel: "info",
    // Of somebody else: were one of these obeyed, nothing below would start.
    env: {
      NODE_OPTIONS: `--require=${noisy} --inspect=127.0.0.1:0`,
      NODE_DEBUG: "http,https,tls,net",
      NODE_PATH: folder,
      NODE_CHANNEL_FD: "3",
      NODE_TLS_REJECT_UNAUTHORIZED: "0",
      SSLKEYLOGFILE: join(folder, "keys"),
    },
  });
});
afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A file in the folder of these scenarios, which may be run. */
async function write(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  await chmod(path, 0o755);
  return path;
}

/** A process of the plugin that has an environment of its own, until these scenarios end. */
async function startWith(env: Readonly<Record<string, string>>): Promise<{ readonly pid: number }> {
  const { name } = await registerWith(server, env);
  const others = new Set(await server.pluginProcesses());
  const mount = await newMount(server, {}, name);
  await mount[Symbol.asyncDispose]();
  const [pid = 0] = (await server.pluginProcesses()).filter((each) => !others.has(each));
  return { pid };
}

/** A folder whose path has so many bytes. */
async function longFolder(bytes: number): Promise<string> {
  const path = `${folder}/`.padEnd(bytes, "x");
  await mkdir(path, { recursive: true });
  return path;
}

scenario(
  ["START_ERRORS"],
  "each failure to start logs one line at ERROR, with the cause and the remedy",
  async ({ skip }) => {
    if (!IS_BUNDLE) return skip(NO_BUNDLE);
    const poor = await write(
      "poor",
      `#!/bin/sh\nulimit -v 300000\nexec '${process.execPath}' "$@"\n`,
    );
    const cases = [
      {
        env: { PLUGIN_NODE: "/nowhere/node" },
        says: /the PATH of the server has no program "\/nowhere\/node" \(.*\); install Node\.js 20\.18 or newer/,
      },
      {
        env: { PLUGIN_NODE_OPTIONS: "--no-such-option" },
        says: /bad option: --no-such-option; correct PLUGIN_NODE_OPTIONS/,
      },
      {
        env: { PLUGIN_NODE: poor },
        says: /Fatal process .*; if the service sets MemoryDenyWriteExecute/,
      },
      {
        env: { PLUGIN_UNIX_SOCKET_DIR: join(folder, "nowhere") },
        says: /creating a socket in .*nowhere.* failed: listen E\w+.*; set TMPDIR of the server, or PLUGIN_UNIX_SOCKET_DIR/,
      },
      {
        env: { PLUGIN_UNIX_SOCKET_GROUP: "no-such-group" },
        says: /PLUGIN_UNIX_SOCKET_GROUP is .*no-such-group.*; set it to one that the system knows/,
      },
    ];
    for (const { env, says } of cases) expect(await failedStart(server, env)).toMatch(says);

    await using bare = await startDevServer({
      binary: await findServer(),
      plugins: [{ name: "terraform", file: PLUGIN_FILE }],
      logLevel: "info",
      env: { PATH: folder },
    });
    expect(await failedStart(bare, {})).toBe(
      `starting the plugin failed: the PATH of the server has no program "node" (${folder}); install Node.js 20.18 or newer, or register the plugin with -env=PLUGIN_NODE=PATH`,
    );
  },
);

test.for(["14", "16", "18"])(
  "Node.js %s is reported as too old [START_ERRORS]",
  async (major, { skip }) => {
    if (!IS_BUNDLE) return skip(NO_BUNDLE);
    const node = await installOldNode(major).catch(() =>
      skip(`Node.js ${major} can't be had here`),
    );
    const found = new RegExp(
      `it needs Node\\.js 20\\.18 or newer, found v${major}\\.\\d+\\.\\d+ at .*; install`,
    );
    expect(await failedStart(server, { PLUGIN_NODE: node })).toMatch(found);
  },
);

test.runIf(IS_LINUX)(
  "where memory is never writable and executable, the line names the option that the plugin runs with [START_ERRORS]",
  async ({ skip }) => {
    if (!IS_BUNDLE) return skip(NO_BUNDLE);
    // prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN), as systemd does for MemoryDenyWriteExecute.
    const deny = await write(
      "deny",
      `#!/usr/bin/env python3
import ctypes, os, sys
if ctypes.CDLL(None).prctl(65, 1, 0, 0, 0) != 0: sys.exit(77)
os.execv("${process.execPath}", ["node"] + sys.argv[1:])
`,
    );
    const reason = await failedStart(server, { PLUGIN_NODE: deny });
    if (reason.includes("exit status 77")) skip("this kernel has no such setting");
    expect(reason).toMatch(/-env=PLUGIN_NODE_OPTIONS=--jitless/);
    const { name } = await registerWith(server, {
      PLUGIN_NODE: deny,
      PLUGIN_NODE_OPTIONS: "--jitless",
    });
    await using mount = await newMount(server, {}, name);
    await mount.configure();
    expect((await mount.read("config")).status).toBe(200);
  },
);

scenario(
  ["START_SOCKET"],
  "a socket is created if its path fits, and is announced only if it exists",
  async () => {
    // The server's own sockets fit into 90 bytes.
    const { name } = await registerWith(server, { PLUGIN_UNIX_SOCKET_DIR: await longFolder(90) });
    await using mount = await newMount(server, {}, name);
    await mount.configure();
    expect((await mount.read("config")).status).toBe(200);

    const since = performance.now();
    expect(await failedStart(server, { PLUGIN_UNIX_SOCKET_DIR: await longFolder(120) })).toMatch(
      /the path of its socket, .*, has 136 bytes, and the maximum is \d+; set TMPDIR of the server, or PLUGIN_UNIX_SOCKET_DIR/,
    );
    expect(performance.now() - since).toBeLessThan(20_000);
  },
);

scenario(
  ["START_ALONE"],
  "the plugin starts below a package.json that makes all files ES modules",
  async () => {
    const { data } = await request(server, "GET", "sys/config/state/sanitized");
    await writeFile(join(String(data["plugin_directory"]), "package.json"), '{"type":"module"}');
    const { name } = await registerWith(server, {});
    await using mount = await newMount(server, {}, name);
    await mount.configure();
    expect((await mount.read("config")).status).toBe(200);
  },
);

scenario(
  ["START_ALONE"],
  "a server in dev mode can use the build's folder as its plugin folder",
  async ({ skip }) => {
    if (!IS_BUNDLE) return skip(NO_BUNDLE);
    const { path, prefix } = await findServer();
    const dist = dirname(PLUGIN_FILE);
    expect(await readdir(dist)).toEqual(["vault-plugin-secrets-terraform"]);
    const args = [
      "-dev",
      "-dev-no-store-token",
      "-dev-listen-address=127.0.0.1:0",
      `-dev-plugin-dir=${dist}`,
    ];
    const child = spawn(path, ["server", ...args], {
      env: { PATH: process.env["PATH"], HOME: folder, TMPDIR: folder, [`${prefix}_ADDR`]: "" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    try {
      await vi.waitFor(
        () =>
          expect(output).toMatch(
            /dev plugins are registered.*\n\s+- vault-plugin-secrets-terraform\n/,
          ),
        30_000,
      );
    } finally {
      child.kill("SIGTERM");
    }
  },
);

scenario(
  ["START_ENVIRONMENT"],
  "Node's variables in the server's environment have no effect: no code is loaded, no debugger opens, no token is printed",
  async () => {
    await using mount = await newMount(server);
    await mount.configure();
    expect((await mount.read("config")).status).toBe(200);
    const log = server.logs.join("\n");
    expect(log).not.toContain(mount.simulator.credentials.token);
    expect(log).not.toMatch(/Debugger listening|noise/);
  },
);

test.runIf(IS_LINUX)(
  "the process has no variable of Node, and has the registered options [START_ENVIRONMENT]",
  async ({ skip }) => {
    if (!IS_BUNDLE) return skip(NO_BUNDLE);
    const options = "--no-warnings --max-old-space-size=300";
    const env = {
      PLUGIN_NODE_OPTIONS: options,
      NODE_TLS_REJECT_UNAUTHORIZED: "0",
      NODE_OPTIONS: "--zork",
    };
    const { pid } = await startWith(env);
    expect(await readFile(`/proc/${pid}/cmdline`, "utf8")).toContain(options.replace(" ", "\0"));
    const has = (await readFile(`/proc/${pid}/environ`, "utf8")).split("\0");
    // The one that stays is vitest's.
    expect(has.filter((pair) => /^(NODE|UV)_|^SSLKEYLOGFILE=/.test(pair))).toEqual([
      "NODE_ENV=test",
    ]);
  },
);

test.runIf(IS_LINUX)(
  "a variable of the server overrides the registered one on OpenBao [START_ENVIRONMENT]",
  async ({ skip }) => {
    if (server.binary.kind !== "openbao") skip("Vault has the other order since 1.16");
    const { pid } = await startWith({ HOME: "/registered", PLUGIN_SAMPLE: "registered" });
    const env = (await readFile(`/proc/${pid}/environ`, "utf8")).split("\0");
    expect(env.filter((pair) => /^(HOME|PLUGIN_SAMPLE)=/.test(pair)).sort()).toEqual([
      `HOME=${await readlink(`/proc/${server.pid}/cwd`)}`,
      "PLUGIN_SAMPLE=registered",
    ]);
  },
);

scenario(
  ["START_HOST_LOST"],
  "the plugin reconnects to the server, and exits if nothing listens any more",
  async ({ skip }) => {
    if (!IS_BUNDLE) return skip(NO_BUNDLE);
    await using own = await startDevServer({
      binary: await findServer(),
      plugins: [{ name: "terraform", file: PLUGIN_FILE }],
      logLevel: "info",
      env: { PLUGIN_NODE_OPTIONS: `--require=${PRELOAD}` },
    });
    await using mount = await newMount(own);
    await using sibling = await newMount(own);
    for (const each of [mount, sibling]) await each.configure();
    const [pid = 0, ...more] = await own.pluginProcesses();
    expect(more).toEqual([]);
    const write = () => mount.write("config", { request_timeout: 20 });

    process.kill(pid, "SIGUSR2");
    await vi.waitFor(async () => expect((await write()).status).toBeLessThan(300));
    expect(await own.pluginProcesses()).toEqual([pid]);

    const { data } = await request(own, "GET", "sys/config/state/sanitized");
    const home = dirname(String(data["plugin_directory"]));
    const sockets = (await readdir(home)).filter((name) => /^plugin\d+$/.test(name));
    expect(sockets.length).toBeGreaterThan(1);
    for (const name of sockets) await rm(join(home, name));
    process.kill(pid, "SIGUSR2");
    await vi.waitFor(async () => expect((await write()).status).toBeLessThan(300), 20_000);
    await vi.waitFor(async () => expect((await sibling.read("config")).status).toBe(200), 20_000);
    expect(await own.pluginProcesses()).not.toContain(pid);
    expect(own.logs.filter((line) => line.includes("calling the server back failed"))).toEqual([
      expect.stringMatching(/\[ERROR\].*ENOENT.*; the plugin exits, and the server starts another/),
    ]);
  },
);
