import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { cacheFolder } from "@vault-ts/openbao";

/**
 * An old version of Node.js, from npm's packages of it, in the project's cache folder.
 *
 * @throws Error where it can't be had.
 */
export async function installOldNode(major: string): Promise<string> {
  const name = `node-${process.platform}-${process.arch}`;
  const folder = join(cacheFolder(), "../node", major);
  await mkdir(folder, { recursive: true });
  const flags = ["--no-audit", "--no-fund", "--no-save", "--prefer-offline", "--prefix", folder];
  await promisify(execFile)("npm", ["install", ...flags, `${name}@${major}`], { timeout: 120_000 });
  return join(folder, "node_modules", name, "bin/node");
}
