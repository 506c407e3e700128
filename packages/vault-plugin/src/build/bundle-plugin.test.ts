import { execFile } from "node:child_process";
import { access, chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundlePlugin } from "./bundle-plugin.ts";
import { RUNTIME_VARIABLES } from "./launcher.ts";

const ENTRY = `
const { PLUGIN_EXTRA_CA_CERTS: extra, FATE: fate, ...env } = process.env;
if (fate === "throw") throw new Error("two\\nlines");
if (fate === "crash") process.abort();
if (fate === "module") require("node:" + "no-such-module");
const { PLUGIN_LAUNCHER_FD: launcher } = env;
if (launcher && fate !== "silent") require("node:fs").writeSync(Number(launcher), "\\n");
const argv = process.argv.slice(1);
console.log(JSON.stringify({ argv, extra, options: process.execArgv, env: Object.keys(env) }));
`;

let folder: string;
let outfile: string;
let licenses: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "bundle-"));
  outfile = join(folder, "dist/plugin");
  licenses = join(folder, "licenses/plugin.txt");
  await writeFile(join(folder, "main.ts"), ENTRY);
  await bundlePlugin({ entry: join(folder, "main.ts"), outfile, licenses });
});
afterAll(() => rm(folder, { recursive: true }));

interface Outcome {
  readonly code: number | string | null;
  readonly stdout: string;
  /** The lines that a host logs at its default level. */
  readonly errors: readonly string[];
}

/** Runs the plugin as a host does, and waits until all its processes have closed its output. */
function start(
  env: NodeJS.ProcessEnv = {},
  shell: readonly string[] = ["/bin/sh"],
): Promise<Outcome> {
  const [command = "", ...args] = shell;
  return new Promise((resolve) => {
    const child = execFile(
      command,
      [...args, outfile, "a", "b c"],
      { env: { PATH: process.env["PATH"], PLUGIN_PROTOCOL_VERSIONS: "5", ...env } },
      (_, stdout, stderr) => {
        const errors = stderr.split("\n").filter((line) => line.startsWith("[ERROR]"));
        resolve({ code: child.exitCode ?? child.signalCode, stdout, errors });
      },
    );
  });
}

/** Writes a program that stands in for Node. */
async function program(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  await chmod(path, 0o755);
  return path;
}

describe("a bundle", () => {
  test("is one executable file, alone in its folder", async () => {
    expect((await stat(outfile)).mode & 0o777).toBe(0o755);
    expect(await readFile(outfile, "utf8")).toMatch(/^#!\/bin\/sh\n/);
    expect(await readdir(join(folder, "dist"))).toEqual(["plugin"]);
    expect(await readFile(licenses, "utf8")).toMatch(
      /^This plugin contains code of the following packages/,
    );
  });

  test("runs by itself, by its own name and with its arguments", async () => {
    const { stdout } = await promisify(execFile)(outfile, ["a", "b c"]);
    expect(JSON.parse(stdout).argv).toEqual([outfile, "a", "b c"]);
  });

  test("doesn't depend on a package.json above it", async () => {
    const manifest = join(folder, "package.json");
    await writeFile(manifest, '{"type":"module"}');
    try {
      expect(await start()).toMatchObject({ code: 0, errors: [] });
    } finally {
      await rm(manifest);
    }
  });
});

describe("the launcher", () => {
  const SHELLS = ["/bin/dash", "/bin/bash", "/bin/busybox"];
  test.for(SHELLS)("works with %s", async (shell, { skip }) => {
    await access(shell).catch(() => skip(`${shell} isn't here`));
    const command = shell.endsWith("busybox") ? [shell, "sh"] : [shell];
    expect(await start({}, command)).toMatchObject({ code: 0, errors: [] });
    expect(await start({ FATE: "crash" }, command)).toMatchObject({ errors: [expect.any(String)] });
  });

  test("reports no exit of a program that a person runs", async () => {
    const failure = {
      errors: [expect.stringContaining("Node.js exited before the plugin had started")],
    };
    expect(await start({ FATE: "silent" })).toMatchObject(failure);
    const byHand = { FATE: "silent", PLUGIN_PROTOCOL_VERSIONS: "" };
    const { stdout, errors } = await start(byHand);
    expect(errors).toEqual([]);
    expect(JSON.parse(stdout).argv).toEqual([outfile, "a", "b c"]);
  });

  test("removes variables that configure Node, except those for the plugin", async () => {
    const all = Object.fromEntries(RUNTIME_VARIABLES.map((name) => [name, "--bad /nowhere"]));
    const { code, stdout, errors } = await start({
      ...all,
      NODE_EXTRA_CA_CERTS: "/etc/ca.pem",
      PLUGIN_NODE_OPTIONS: "--max-old-space-size=100 --no-warnings",
      SSL_CERT_FILE: "/etc/ca.pem",
    });
    expect({ code, errors }).toEqual({ code: 0, errors: [] });
    const { extra, options, env } = JSON.parse(stdout);
    expect(extra).toBe("/etc/ca.pem");
    expect(options).toEqual(expect.arrayContaining(["--max-old-space-size=100", "--no-warnings"]));
    expect(env).toContain("SSL_CERT_FILE");
    expect(env.filter((name: string) => /^(NODE|UV)_|^SSLKEYLOGFILE/.test(name))).toEqual([]);
  });

  test("knows each variable that Node has in its help", async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ["--help"]);
    const listed =
      stdout.slice(stdout.indexOf("\nEnvironment variables:")).match(/^(?:NODE|UV)_\w+/gm) ?? [];
    expect(listed.length).toBeGreaterThan(10);
    expect(listed.filter((name) => !RUNTIME_VARIABLES.includes(name))).toEqual([]);
  });

  test("lets the plugin's own extra certificates win", async () => {
    const { stdout } = await start({
      NODE_EXTRA_CA_CERTS: "/etc/ca.pem",
      PLUGIN_EXTRA_CA_CERTS: "/own.pem",
    });
    expect(JSON.parse(stdout).extra).toBe("/own.pem");
  });

  test("runs the Node that PLUGIN_NODE names", async () => {
    const node = await program(
      "my-node",
      `#!/bin/sh\nexec '${process.execPath}' --no-warnings "$@"\n`,
    );
    const { stdout } = await start({ PLUGIN_NODE: node, PATH: "" });
    expect(JSON.parse(stdout).options).toContain("--no-warnings");
  });
});

describe("a failure to start logs one line at ERROR, with the remedy", () => {
  const NODE = process.execPath;
  const INSTALL =
    "install Node.js 20.18 or newer, or register the plugin with -env=PLUGIN_NODE=PATH";
  const JITLESS =
    "if the service sets MemoryDenyWriteExecute, register the plugin with -env=PLUGIN_NODE_OPTIONS=--jitless";

  test.for([
    {
      name: "no Node on the path",
      env: () => ({ PATH: "/nowhere" }),
      code: 127,
      says: 'the PATH of the server has no program "node" (/nowhere)',
      helps: INSTALL,
    },
    {
      name: "an option that Node doesn't know",
      env: () => ({ PLUGIN_NODE_OPTIONS: "--no-such-option" }),
      code: 9,
      says: "failed with the exit status 9: node: bad option: --no-such-option",
      helps: "correct PLUGIN_NODE_OPTIONS",
    },
    {
      name: "a preload that doesn't exist",
      env: () => ({ PLUGIN_NODE_OPTIONS: "--require=/nowhere.cjs" }),
      code: 1,
      says: "Cannot find module '/nowhere.cjs'",
      helps: "correct PLUGIN_NODE_OPTIONS",
    },
    {
      name: "a Node of another system",
      env: async () => ({ PLUGIN_NODE: await program("garbage", "\x7fELF\0\0\0") }),
      code: 126,
      says: "failed with the exit status 126: ",
      helps: INSTALL,
    },
    {
      name: "an engine that can't have the memory it wants",
      env: async () => ({
        PLUGIN_NODE: await program(
          "poor-node",
          `#!/bin/sh\nulimit -v 300000\nexec '${NODE}' "$@"\n`,
        ),
      }),
      code: expect.stringMatching(/^SIG/),
      says: "Fatal process",
      helps: JITLESS,
    },
    {
      name: "an end of the process that it can't report",
      env: () => ({ FATE: "crash" }),
      code: "SIGABRT",
      says: "Node.js exited before the plugin had started",
      helps: JITLESS,
    },
    {
      name: "an error while the file is loaded",
      env: () => ({ FATE: "throw" }),
      code: 1,
      says: "its file cannot be loaded: Error: two lines at ",
      helps: "report this line",
    },
    {
      name: "a module that this Node doesn't have",
      env: () => ({ FATE: "module" }),
      code: 1,
      says: "its file cannot be loaded: Error [ERR_UNKNOWN_BUILTIN_MODULE]: No such built-in module: node:no-such-module",
      helps: "report this line",
    },
  ])("$name", async ({ env, code, says, helps }) => {
    const { errors, stdout, ...outcome } = await start(await env());
    expect({ ...outcome, lines: errors.length }).toEqual({ code, lines: 1 });
    expect(`[ERROR] ${stdout}`).toBe(`${errors[0]}\n`);
    expect(errors[0]).toMatch(/^\[ERROR\] starting the plugin failed: /);
    expect(errors[0]).toContain(says);
    expect(errors[0]).toContain(helps);
  });

  test.for(["v0.10.48", "v14.21.3", "v16.20.2", "v18.20.8", "v20.17.0"])(
    "Node %s",
    async (version) => {
      const preload = join(folder, `${version}.cjs`);
      await writeFile(
        preload,
        `Object.defineProperty(process, "version", { value: "${version}" });`,
      );
      const { code, errors } = await start({ PLUGIN_NODE_OPTIONS: `--require=${preload}` });
      expect(code).toBe(1);
      expect(errors).toEqual([
        `[ERROR] starting the plugin failed: it needs Node.js 20.18 or newer, found ${version} at ${NODE}; ${INSTALL}`,
      ]);
    },
  );
});
