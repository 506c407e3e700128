import { fileURLToPath } from "node:url";
import { installPinned } from "./install.ts";
import { inspectBinary, type ServerBinary } from "./server-binary.ts";

const CACHE = fileURLToPath(new URL("../../../.cache/openbao", import.meta.url));

export interface FindOptions {
  /** Told what is going on while the server is installed. */
  readonly onProgress?: (message: string) => void;
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * A server to run: that of `BAO_BIN` or `VAULT_BIN`, else the pinned OpenBao, installed into the project's cache folder
 * (or that of `OPENBAO_CACHE`) if it isn't there yet.
 *
 * @throws OpenBaoError in one sentence, with the remedy.
 */
export async function findServer({ onProgress, env = process.env }: FindOptions = {}): Promise<ServerBinary> {
  for (const name of ["BAO_BIN", "VAULT_BIN"]) {
    const path = env[name];
    if (path) return await inspectBinary(path, name);
  }
  const path = await installPinned(env["OPENBAO_CACHE"] || CACHE, onProgress);
  return await inspectBinary(path, "The installed server");
}
