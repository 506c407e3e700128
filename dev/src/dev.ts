/**
 * `npm run dev`: a server with the plugin that stays up, against the simulator or a real Terraform
 * Cloud.
 */
import { once } from "node:events";
import { parseArgs } from "node:util";
import { OpenBaoError, runCommand, type Server } from "@vault-ts/openbao";
import { startServer, startStack } from "./stack.ts";

await runCommand(async () => {
  const { address, port } = options();
  if (address === undefined) {
    await using stack = await startStack(port);
    const { credentials, address: simulated } = stack.simulator;
    await enable(stack.server, simulated, credentials.token);
    await stayUp(stack.server, credentials.userId, credentials.organization);
  } else {
    const token = process.env["TFE_TOKEN"];
    if (!token) throw new OpenBaoError("usage", "put the API token for --address into TFE_TOKEN");
    await using server = await startServer(port);
    await enable(server, address, token);
    await stayUp(server, "user-…", "…");
  }
});

function options(): { readonly address?: string; readonly port?: number } {
  try {
    const { values } = parseArgs({
      options: { address: { type: "string" }, port: { type: "string" } },
    });
    const port = values.port === undefined ? undefined : Number(values.port);
    if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_536)) {
      throw new OpenBaoError("usage", "--port must be a number from 1 to 65535");
    }
    return {
      ...(values.address !== undefined && { address: values.address }),
      ...(port !== undefined && { port }),
    };
  } catch (error) {
    if (error instanceof OpenBaoError) throw error;
    throw new OpenBaoError(
      "usage",
      "usage: npm run dev -- [--port=PORT] [--address=https://HOST, with the token in TFE_TOKEN]",
    );
  }
}

/** The token is written with HTTP: arguments of a process are visible to others. */
async function enable(server: Server, address: string, token: string): Promise<void> {
  await server.request("POST", "sys/mounts/terraform", { type: "terraform" });
  const { status, body } = await server.request("POST", "terraform/config", { address, token });
  if (status < 400) return;
  const { errors = [] } = body as { readonly errors?: readonly string[] };
  throw new OpenBaoError("refused", `The configuration was refused: ${errors.join("; ")}.`);
}

async function stayUp(server: Server, userId: string, organization: string): Promise<void> {
  const { cli, prefix, path } = server.binary;
  console.log(`
The server is up, with the engine at terraform/. In another terminal:

  export ${prefix}_ADDR=${server.address} ${prefix}_TOKEN=${server.rootToken}
  alias ${cli}=${path}

  ${cli} read terraform/config
  ${cli} write terraform/role/my-role user_id=${userId}
  ${cli} read terraform/creds/my-role
  ${cli} write terraform/role/testing organization=${organization}
  ${cli} read terraform/creds/testing
  ${cli} path-help terraform

Ctrl-C stops it.`);
  await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
}
