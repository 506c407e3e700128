import { spawn } from "node:child_process";
import { access, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The version of HashiCorp's engine that ours is compared with. */
export const GO_PLUGIN_VERSION = "0.13.0";
const MODULE =
  "github.com/hashicorp/vault-plugin-secrets-terraform/cmd/vault-plugin-secrets-terraform";

const CACHE = fileURLToPath(new URL("../../.cache/go-plugin/", import.meta.url));
const FILE = join(CACHE, `vault-plugin-secrets-terraform-${GO_PLUGIN_VERSION}`);
const TIMEOUT_MS = 6 * 60_000;

/** HashiCorp's engine in the project's cache folder; undefined if it isn't installed. */
export async function findGoPlugin(): Promise<string | undefined> {
  return await access(FILE).then(
    () => FILE,
    () => undefined,
  );
}

/**
 * Builds HashiCorp's engine into the project's cache folder, if it isn't there yet. It takes a
 * minute.
 *
 * @returns its file; undefined if it can't be built: that needs Go and its module proxy.
 */
export async function installGoPlugin(): Promise<string | undefined> {
  const found = await findGoPlugin();
  if (found !== undefined) return found;
  await mkdir(CACHE, { recursive: true });
  const work = await mkdtemp(join(CACHE, "install-"));
  try {
    if (!(await goInstall(work))) return undefined;
    await rename(join(work, "vault-plugin-secrets-terraform"), FILE);
    return FILE;
  } finally {
    await rm(work, { recursive: true });
  }
}

/** @returns whether it succeeded. */
async function goInstall(folder: string): Promise<boolean> {
  const installing = spawn("go", ["install", `${MODULE}@v${GO_PLUGIN_VERSION}`], {
    env: { ...process.env, GOBIN: folder, GOFLAGS: "-trimpath" },
    stdio: "ignore",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  return await new Promise((resolve) => {
    installing.once("error", () => resolve(false));
    installing.once("exit", (code) => resolve(code === 0));
  });
}
