import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { buildPlugin, GO_PLUGIN_VERSION, installGoPlugin, installNode } from "@vault-ts/dev";
import type { PluginFile } from "@vault-ts/openbao";
import { BUN_VERSION, compileStandalone, hostPlatform } from "@vault-ts/release-tools";

/** A plugin in the comparison: its name is that at the server, and of its mount. */
export interface Contender extends Pick<PluginFile, "name" | "file" | "env"> {
  /** What it is to a reader, such as `Node.js 24.18.0`. */
  readonly title: string;
}

const STANDALONE = fileURLToPath(
  new URL("../../dist/vault-plugin-secrets-terraform", import.meta.url),
);

/**
 * Gets plugins ready: builds them, and installs what they run on.
 *
 * @param names `go` for HashiCorp's; `node` for ours on the Node.js of the PATH, `node24` on
 *   another; `bun` for the standalone executable.
 * @param files Further plugins, such as ours before a change, as `NAME=PATH`.
 * @param say Is told of those that can't be had here.
 * @throws Error for another name.
 */
export async function prepareContenders(
  names: readonly string[],
  files: readonly string[],
  say: (message: string) => void,
): Promise<readonly Contender[]> {
  let building: Promise<string> | undefined;
  const bundle = () => {
    building ??= buildPlugin();
    return building;
  };
  const contenders: Contender[] = [];
  for (const name of names) {
    const contender = await prepare(name, bundle);
    if (contender) contenders.push(contender);
    else say("HashiCorp's plugin is left out: building it needs Go, and Go's module proxy");
  }
  return [...contenders, ...files.map(fileContender)];
}

/** @returns undefined if it is HashiCorp's and can't be built. */
async function prepare(
  name: string,
  bundle: () => Promise<string>,
): Promise<Contender | undefined> {
  if (name === "go") {
    const file = await installGoPlugin();
    return file === undefined ? undefined : { name, file, title: `Go ${GO_PLUGIN_VERSION}` };
  }
  if (name === "bun") {
    await mkdir(dirname(STANDALONE), { recursive: true });
    await compileStandalone(await bundle(), hostPlatform(), STANDALONE);
    return { name, file: STANDALONE, title: `executable (Bun ${BUN_VERSION})` };
  }
  if (name === "node") return { name, file: await bundle(), title: await nodeTitle("node") };
  const [, version] = /^node(\d+)$/.exec(name) ?? [];
  if (version === undefined)
    throw new Error(`--plugins names "${name}": it must be go, bun, node, or node24 and the like`);
  const node = join(await installNode(version), "node");
  const title = await nodeTitle(node);
  return { name, file: await bundle(), title, env: { PLUGIN_NODE: node } };
}

async function nodeTitle(program: string): Promise<string> {
  const { stdout } = await promisify(execFile)(program, ["--version"]);
  return `Node.js ${stdout.trim().slice("v".length)}`;
}

function fileContender(text: string): Contender {
  const [, name, file] = /^([\w-]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || file === undefined)
    throw new Error(`--file is "${text}": it must be NAME=PATH`);
  return { name, file: resolve(file), title: name };
}
