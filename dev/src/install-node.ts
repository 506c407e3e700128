import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const CACHE = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "vault-ts/node");

/**
 * Installs the newest release of a version of Node.js, as npm's package `node` has it, if need be.
 *
 * @param version Such as `24`.
 * @returns the folder of its binary.
 * @throws Error if npm can't install it.
 */
export async function installNode(version: string): Promise<string> {
  const folder = join(CACHE, version);
  await mkdir(folder, { recursive: true });
  const flags = ["--no-audit", "--no-fund", "--no-save", "--loglevel=error"];
  await promisify(execFile)("npm", ["install", ...flags, "--prefix", folder, `node@${version}`]);
  return join(folder, "node_modules/node/bin");
}
