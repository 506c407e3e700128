import { PLUGIN_FILE } from "@vault-ts/dev";
import { findServer, type Server, startDevServer } from "@vault-ts/openbao";
import { afterAll, beforeAll } from "vitest";

/** A real server for the scenarios of one file, with the plugin registered as `terraform`. */
export function useServer(): { readonly server: Server } {
  let started: Server | undefined;
  beforeAll(async () => {
    started = await startServer();
  });
  afterAll(async () => {
    await started?.stop();
  });
  return {
    get server() {
      if (!started) throw new Error("the server is there only while scenarios run");
      return started;
    },
  };
}

/** A real server of one's own, for scenarios that end it. */
export async function startServer(): Promise<Server> {
  return await startDevServer({
    binary: await findServer(),
    plugins: [{ name: "terraform", file: PLUGIN_FILE }],
  });
}
