import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findServer, type Server, startRaftServer } from "@vault-ts/openbao";
import { bundlePlugin } from "@vault-ts/vault-plugin/build";
import { afterAll, beforeAll } from "vitest";

/**
 * A real server, whose storage has transactions, for the scenarios of one file: with the probes
 * registered as `probe` and `probe-auth`.
 */
export function useProbeServer(): { readonly server: Server } {
  let started: Server | undefined;
  let folder = "";
  const bundle = async (fixture: string): Promise<string> => {
    const entry = fileURLToPath(new URL(`../fixtures/${fixture}.ts`, import.meta.url));
    const outfile = join(folder, fixture);
    await bundlePlugin({ entry, outfile });
    return outfile;
  };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "probe-"));
    started = await startRaftServer({
      binary: await findServer(),
      plugins: [
        { name: "probe", file: await bundle("probe-engine") },
        { name: "probe-auth", type: "auth", file: await bundle("probe-auth") },
      ],
    });
  });
  afterAll(async () => {
    await started?.stop();
    await rm(folder, { recursive: true, force: true });
  });
  return {
    get server() {
      if (!started) throw new Error("the server is there only while scenarios run");
      return started;
    },
  };
}
