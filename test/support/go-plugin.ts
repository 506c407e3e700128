import { spawn } from "node:child_process";
import { access, mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { TIME_LIMITS } from "./time-limits.ts";

const VERSION = "0.13.0";
const MODULE =
  "github.com/hashicorp/vault-plugin-secrets-terraform/cmd/vault-plugin-secrets-terraform";

const CACHE = fileURLToPath(new URL("../../.cache/go-plugin/", import.meta.url));
const FILE = join(CACHE, `vault-plugin-secrets-terraform-${VERSION}`);

/** What to say of a test that needs it. */
export const NO_GO_PLUGIN = "HashiCorp's engine isn't there: it needs Go, and Go's module proxy";

/** The name under which HashiCorp's engine, written in Go, is registered. */
export const GO_PLUGIN = "terraform-go";

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
 * @returns whether it is there: it can't be built without Go and its module proxy.
 */
export async function installGoPlugin(): Promise<boolean> {
  if (await findGoPlugin()) return true;
  await mkdir(CACHE, { recursive: true });
  const work = await mkdtemp(join(CACHE, "install-"));
  try {
    const installed = await goInstall(work);
    if (installed) await rename(join(work, "vault-plugin-secrets-terraform"), FILE);
    return installed;
  } finally {
    await rm(work, { recursive: true });
  }
}

/** @returns whether it succeeded. */
async function goInstall(folder: string): Promise<boolean> {
  const installing = spawn("go", ["install", `${MODULE}@v${VERSION}`], {
    env: { ...process.env, GOBIN: folder, GOFLAGS: "-trimpath" },
    stdio: "ignore",
    signal: AbortSignal.timeout(TIME_LIMITS.poll),
  });
  return await new Promise((resolve) => {
    installing.once("error", () => resolve(false));
    installing.once("exit", (code) => resolve(code === 0));
  });
}

/** Where it is recorded what HashiCorp's engine does. */
export function recordingOf(part: "answers" | "documents"): URL {
  return new URL(`../recorded/go-plugin-${VERSION}/${part}.json`, import.meta.url);
}

export async function readRecording<T>(part: "answers" | "documents"): Promise<T> {
  return JSON.parse(await readFile(recordingOf(part), "utf8"));
}
