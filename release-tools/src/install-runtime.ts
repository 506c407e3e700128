import { createHash } from "node:crypto";
import { access, mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "./run.ts";
import { BUN_VERSION, type Platform } from "./runtimes.ts";

const CACHE = fileURLToPath(new URL("../../.cache/bun/", import.meta.url));

/**
 * The runtime for a platform, as its package of npm has it, checked against the hash that is
 * pinned. It is kept in the project's cache folder. Several processes may install it at once.
 *
 * @returns the path of the executable.
 * @throws Error if npm can't get the package, or it isn't the one that is pinned.
 */
export async function installRuntime({
  target,
  package: name,
  integrity,
}: Platform): Promise<string> {
  const installed = join(CACHE, BUN_VERSION, target);
  if (await exists(installed)) return installed;
  await mkdir(dirname(installed), { recursive: true });
  const work = await mkdtemp(join(CACHE, "install-"));
  try {
    const spec = `${name}@${BUN_VERSION}`;
    const stdout = await run("npm", ["pack", spec, "--json", "--pack-destination", work]);
    const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
    const tarball = join(work, filename);
    const sha512 = createHash("sha512").update(await readFile(tarball));
    if (`sha512-${sha512.digest("base64")}` !== integrity) {
      throw new Error(`getting ${spec} failed: npm's package is not the one that is pinned`);
    }
    await run("tar", ["-xzf", tarball, "-C", work, "package/bin/bun"]);
    await rename(join(work, "package/bin/bun"), installed);
    return installed;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
