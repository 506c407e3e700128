import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Server } from "@vault-ts/openbao";
import { execa } from "execa";

/** A real agent that keeps a file with a token fresh. */
export interface Agent extends AsyncDisposable {
  /** What is in the file now; empty as long as it isn't there. */
  token(): Promise<string>;
}

/**
 * Starts an agent beside a server. It logs in with the token, and asks for the creds; those without
 * a lease it reads each second.
 *
 * @param creds The whole path, such as `terraform/creds/my-role`.
 */
export async function startAgent(server: Server, token: string, creds: string): Promise<Agent> {
  const folder = await mkdtemp(join(tmpdir(), "agent-"));
  const [config, login, output] = ["agent.hcl", "login", "token"].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  await writeFile(login, token, { mode: 0o600 });
  await writeFile(config, configuration(server.address, login, creds, output));
  const process = execa(server.binary.path, ["agent", `-config=${config}`], {
    env: { HOME: folder },
    extendEnv: false,
    reject: false,
    stdio: "ignore",
  });
  return {
    token: () => readFile(output, "utf8").catch(() => ""),
    async [Symbol.asyncDispose]() {
      process.kill();
      await process;
      await rm(folder, { recursive: true });
    },
  };
}

function configuration(address: string, login: string, creds: string, output: string): string {
  return `
    vault {
      address = "${address}"
    }
    auto_auth {
      method "token_file" {
        config = {
          token_file_path = "${login}"
        }
      }
    }
    template_config {
      static_secret_render_interval = "1s"
    }
    template {
      contents    = "{{ with secret \\"${creds}\\" }}{{ .Data.token }}{{ end }}"
      destination = "${output}"
      perms       = "0600"
    }
  `;
}
