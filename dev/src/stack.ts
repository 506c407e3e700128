import { findServer, type Server, startDevServer } from "@vault-ts/openbao";
import { type Simulator, startSimulator } from "@vault-ts/terraform-cloud/simulator";
import { buildPlugin } from "./build-plugin.ts";
import { step } from "./progress.ts";

/**
 * A real server with the plugin registered as `terraform`, and the simulator of Terraform Cloud.
 * Both stop as one.
 */
export interface Stack extends AsyncDisposable {
  readonly server: Server;
  readonly simulator: Simulator;
}

/**
 * Builds the plugin, installs the server if need be, and starts it, with messages of progress.
 *
 * @param port The server's port; a free one if absent.
 */
export async function startServer(port?: number): Promise<Server> {
  const file = await step("Building the plugin", buildPlugin);
  const binary = await step("Finding a server", async (say) => {
    const found = await findServer({ onProgress: say });
    say(`${found.kind} ${found.version}`);
    return found;
  });
  return await step("Starting the server with the plugin", () =>
    startDevServer({
      binary,
      plugins: [{ name: "terraform", file }],
      ...(port !== undefined && { port }),
    }),
  );
}

/** A server as `startServer` starts it, beside a simulator on a free port. */
export async function startStack(port?: number): Promise<Stack> {
  const simulator = await step("Starting the simulator of Terraform Cloud", () => startSimulator());
  try {
    const server = await startServer(port);
    return {
      server,
      simulator,
      async [Symbol.asyncDispose]() {
        await server.stop();
        await simulator.close();
      },
    };
  } catch (error) {
    await simulator.close();
    throw error;
  }
}
