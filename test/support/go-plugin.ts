import { execFile } from "node:child_process";
import { access, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const NAME = "vault-plugin-secrets-terraform";
const VERSION = "0.13.0";
const MODULE = `github.com/hashicorp/${NAME}/cmd/${NAME}@v${VERSION}`;
const CACHE = fileURLToPath(new URL("../../.cache/go-plugin", import.meta.url));

const run = promisify(execFile);

/**
 * HashiCorp's engine, built by Go from the module proxy into the project's cache folder if it isn't there yet, in about a minute.
 *
 * @returns its file; undefined where there is no Go.
 */
export async function findGoPlugin(): Promise<string | undefined> {
  const file = join(CACHE, VERSION, NAME);
  if (await exists(file)) return file;
  if (!(await hasGo())) return undefined;
  await mkdir(CACHE, { recursive: true });
  const work = await mkdtemp(join(CACHE, "build-"));
  try {
    const env = { ...process.env, GOBIN: work, GOFLAGS: "-trimpath", CGO_ENABLED: "0" };
    await run("go", ["install", MODULE], { env, timeout: 600_000 });
    await mkdir(join(CACHE, VERSION), { recursive: true });
    // Whoever is first wins; the others put the same file in its place.
    await rename(join(work, NAME), file);
    return file;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function hasGo(): Promise<boolean> {
  return await run("go", ["version"]).then(
    () => true,
    () => false,
  );
}

async function exists(file: string): Promise<boolean> {
  return await access(file).then(
    () => true,
    () => false,
  );
}
