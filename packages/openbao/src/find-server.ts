import { fileURLToPath } from "node:url";
import { install } from "./install.ts";
import { PINNED } from "./pinned-release.ts";
import { inspectBinary, type ServerBinary } from "./server-binary.ts";

const CACHE = fileURLToPath(new URL("../../../.cache/openbao", import.meta.url));

export interface FindOptions {
  /** Called with messages of progress while the server is installed. */
  readonly onProgress?: (message: string) => void;
  /**
   * Where `BAO_BIN`, `VAULT_BIN`, `OPENBAO_CACHE` and the `PATH` to Python are looked up; that of
   * this process if absent.
   */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Returns the server to run: that of `BAO_BIN` or `VAULT_BIN`, else the pinned OpenBao, installed
 * into the project's cache folder (or that of `OPENBAO_CACHE`) if need be.
 *
 * @throws OpenBaoError in one sentence, with the remedy.
 */
export async function findServer({
  onProgress,
  env = process.env,
}: FindOptions = {}): Promise<ServerBinary> {
  for (const name of ["BAO_BIN", "VAULT_BIN"]) {
    const path = env[name];
    if (path) return await inspectBinary(path, name, "correct it, or unset it to install OpenBao");
  }
  const path = await install(cacheFolder(env), PINNED, { onProgress, env });
  return await inspectBinary(path, "the installed server", "remove it to install it again");
}

/**
 * Returns the folder of what tests install: the project's cache folder, or that of `OPENBAO_CACHE`.
 */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return env["OPENBAO_CACHE"] || CACHE;
}
