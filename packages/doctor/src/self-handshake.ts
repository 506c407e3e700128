import { spawn } from "node:child_process";
import { type Finding, ok, wrong } from "./finding.ts";

const TIMEOUT_MS = 10_000;

/** Stands for the host's: its key is gone, since nothing is said over the connection. */
const HOST_CERTIFICATE = [
  "MIIBfzCCASagAwIBAgIQTkbqM/u5bYH0dWKLp7YnUjAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwIBcNMjYxMTI2",
  "MDQ0NTM1WhgPMjA1NjExMTgwNDQ2MDVaMBQxEjAQBgNVBAMMCWxvY2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABJ7u",
  "UJ0h5hGrG6nuR/O45qI2azmqLP3qf71muJRbjLWaI+ClYMgfcBQbjFRhkLGbE6gzAT2El9KlLr2kz8yTQZejWDBWMA4GA1UdDwEB",
  "/wQEAwICrDAdBgNVHSUEFjAUBggrBgEFBQcDAQYIKwYBBQUHAwIwDwYDVR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhv",
  "c3QwCgYIKoZIzj0EAwIDRwAwRAIgdOO9t5OxglIXeSELVdiUcxRYTMDpl/s7dcpLx8dl3dwCIEgU4vACOZ6FFwMPd2meuONuYR/I",
  "lL6QWFejJx+P4Rq8",
].join("");

/** What a server sets in the environment of its plugins. */
const HOST_ENVIRONMENT = {
  VAULT_BACKEND_PLUGIN: "6669da05-b1c8-4f49-97d9-c8e5bed98e20",
  PLUGIN_PROTOCOL_VERSIONS: "5",
  VAULT_PLUGIN_AUTOMTLS_ENABLED: "true",
  PLUGIN_CLIENT_CERT: `-----BEGIN CERTIFICATE-----\n${HOST_CERTIFICATE}\n-----END CERTIFICATE-----\n`,
};

/** The line that tells a host where the plugin is: versions, network, socket, protocol. */
const HANDSHAKE = /^1\|5\|unix\|[^|]+\|grpc\|.*\n/;

/** Starts the plugin as a server does, waits for its handshake, and ends it. */
export function checkHandshake(file: string, env: NodeJS.ProcessEnv): Promise<Finding> {
  const started = performance.now();
  // Tokens of the server are none of the plugin's business.
  const { BAO_TOKEN: _bao, VAULT_TOKEN: _vault, ...rest } = env;
  const plugin = spawn(file, [], {
    env: { ...rest, ...HOST_ENVIRONMENT },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: TIMEOUT_MS,
  });
  let stdout = "";
  let stderr = "";
  let shookAfterMs: number | undefined;
  plugin.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
    if (shookAfterMs !== undefined || !HANDSHAKE.test(stdout)) return;
    shookAfterMs = Math.round(performance.now() - started);
    plugin.kill("SIGTERM");
  });
  plugin.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  return new Promise((resolve) => {
    plugin.once("error", (error: NodeJS.ErrnoException) =>
      resolve(
        wrong(
          "handshake",
          `starting ${file} failed: ${error.code ?? error.message}`,
          error.code === "EACCES"
            ? `run "chmod 755 ${file}", and keep it on a file system that isn't mounted noexec`
            : "build or copy the file again",
        ),
      ),
    );
    plugin.once("close", (exitCode) => {
      if (shookAfterMs !== undefined) {
        return resolve(ok("handshake", `completed after ${shookAfterMs} ms`));
      }
      const said = lastWords(stderr || stdout);
      const end =
        exitCode === null
          ? `no handshake within ${TIMEOUT_MS / 1000}s`
          : `it exited with code ${exitCode}`;
      const remedy = "fix this cause, and run doctor again";
      resolve(
        wrong(
          "handshake",
          `starting ${file} failed: ${end}${said === "" ? "" : `: ${said}`}`,
          remedy,
        ),
      );
    });
  });
}

/** The last line that a plugin has written, or what it says if it is an entry of a log. */
function lastWords(output: string): string {
  const line = output.trim().split("\n").at(-1) ?? "";
  try {
    const { "@message": message, error } = JSON.parse(line) as Readonly<Record<string, unknown>>;
    return [message, error].filter((text) => typeof text === "string").join(": ");
  } catch {
    return line.slice(0, 300);
  }
}
