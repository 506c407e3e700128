import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "./free-port.ts";
import type { CommandOptions, Running, Sandbox } from "./sandbox.ts";

/** A server that runs in a sandbox, initialized and unsealed, with its data on disk. */
export interface SandboxServer {
  readonly rootToken: string;
  /** Variables for the command line. */
  readonly env: Readonly<Record<string, string>>;
  /** One request below `/v1/`, with the root token. */
  request(method: string, path: string, body?: unknown): Promise<ServerAnswer>;
  /** Registers the plugin's file that is named `plugin`, and enables it at `terraform`. */
  enable(): Promise<void>;
  /** All that it has logged. */
  log(): Promise<string>;
  /** Starts it again, with the configuration that is there now. */
  restart(): Promise<void>;
}

export interface ServerAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const LOG = "/var/openbao/log";

/** What a server listens on and keeps its data in, if its configuration isn't about that. */
const LISTENER_AND_STORAGE = `
listener "tcp" {
  tls_disable = 1
  address = "[::]:8200"
  cluster_address = "[::]:8201"
}
storage "raft" {
  path = "/openbao/data"
  performance_multiplier = 1
}
`;

/**
 * Starts a server whose configuration is the folder `/etc/openbao`, and which unseals itself.
 *
 * @param config Listener, storage and more, on the ports 8200 and 8201, which are replaced by free
 *   ones.
 */
export async function startSandboxServer(
  sandbox: Sandbox,
  options: CommandOptions = {},
  config: string = LISTENER_AND_STORAGE,
): Promise<SandboxServer> {
  const [host, cluster] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
  const key = randomBytes(32).toString("base64");
  const general = `
api_addr = "http://${host}"
cluster_addr = "http://${cluster}"
log_level = "debug"
seal "static" {
  current_key_id = "1"
  current_key = "${key}"
}
`;
  const listening = config.replace("[::]:8200", host).replace("[::]:8201", cluster);
  await sandbox.write("etc/openbao/openbao.hcl", general + listening);
  await sandbox.run(
    `mkdir -p /openbao/data /var/openbao && chown -R ${options.user ?? 0} /openbao /var/openbao`,
  );

  const request = async (
    method: string,
    path: string,
    body?: unknown,
    token = "",
  ): Promise<ServerAnswer> => {
    const answer = await fetch(`http://${host}/v1/${path}`, {
      method,
      headers: { "x-vault-token": token },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === "" ? {} : JSON.parse(text) };
  };
  const log = () => readFile(join(sandbox.root, LOG), "utf8");
  const waitFor = async (wanted: number, running: Running) => {
    const health = () =>
      request("GET", "sys/health").then(
        ({ status }) => status,
        () => 0,
      );
    while ((await health()) !== wanted) {
      if (running.ended) throw new Error(`the server ended: ${await log()}`);
      await sleep(50);
    }
  };
  const start = () => sandbox.start(`exec bao server -config=/etc/openbao >>${LOG} 2>&1`, options);
  let running = start();
  await waitFor(501, running);
  const { body } = await request("PUT", "sys/init", { recovery_shares: 1, recovery_threshold: 1 });
  const rootToken = String(body["root_token"]);
  await waitFor(200, running);
  const address = `http://${host}`;
  return {
    rootToken,
    // The command line of Vault has other names for the same.
    env: { BAO_ADDR: address, BAO_TOKEN: rootToken, VAULT_ADDR: address, VAULT_TOKEN: rootToken },
    request: (method, path, data) => request(method, path, data, rootToken),
    async enable() {
      const { output } = await sandbox.run("sha256sum /opt/openbao/plugins/plugin");
      const [sha256] = output.split(" ");
      const registration = { command: "plugin", sha256 };
      for (const [path, data] of [
        ["sys/plugins/catalog/secret/terraform", registration],
        ["sys/mounts/terraform", { type: "terraform" }],
      ] as const) {
        const { status, body: answer } = await request("POST", path, data, rootToken);
        if (status >= 300) throw new Error(`${path}: ${JSON.stringify(answer)}; ${await log()}`);
      }
    },
    log,
    async restart() {
      await running.stop();
      running = start();
      await waitFor(200, running);
    },
  };
}
