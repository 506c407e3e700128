import { GrpcCode, GrpcError } from "./grpc/status.ts";

/** The handshake configuration that a plugin and its host share. */
export interface HandshakeConfig {
  /**
   * The magic cookie: the environment variable and its value by which a plugin knows that a host
   * started it. Not a secret.
   */
  readonly cookieKey: string;
  readonly cookieValue: string;
  /** The versions of the application's protocol that the plugin speaks. */
  readonly protocolVersions: readonly number[];
}

/** The version of go-plugin's own protocol. */
const CORE_PROTOCOL_VERSION = 1;

/** The message for a person who starts the plugin by hand. */
export const NOT_BY_HAND =
  "This program is a plugin and is not meant to be run directly. Copy it to the server's plugin\n" +
  "directory and register it there.\n";

/** Whether a host has started this process. */
export function isStartedByHost(
  { cookieKey, cookieValue }: HandshakeConfig,
  env: NodeJS.ProcessEnv,
): boolean {
  return env[cookieKey] === cookieValue;
}

/**
 * Returns the highest version that both sides support. A host that sends none supports the plugin's
 * lowest.
 *
 * @throws GrpcError FAILED_PRECONDITION if there is none.
 */
export function negotiateVersion(
  { protocolVersions }: HandshakeConfig,
  env: NodeJS.ProcessEnv,
): number {
  const offered = (env["PLUGIN_PROTOCOL_VERSIONS"] ?? "")
    .split(",")
    .filter((text) => /^\d+$/.test(text));
  if (offered.length === 0) return Math.min(...protocolVersions);
  const common = protocolVersions.filter((version) => offered.includes(String(version)));
  if (common.length > 0) return Math.max(...common);
  throw new GrpcError(
    GrpcCode.FAILED_PRECONDITION,
    `the server supports plugin protocol versions ${offered.join(", ")}, and this plugin ${protocolVersions.join(", ")}; use a server that supports one of the plugin's`,
  );
}

/** Returns the handshake line for standard output, which has the plugin's address. */
export function handshakeLine(
  version: number,
  socketPath: string,
  certificate: Uint8Array | undefined,
  env: NodeJS.ProcessEnv,
): string {
  const fields = [
    CORE_PROTOCOL_VERSION,
    version,
    "unix",
    socketPath,
    "grpc",
    unpaddedBase64(certificate),
  ];
  // A host that asks for it reads a seventh field, whether the broker shares one connection: it
  // doesn't.
  const asksForSharing = (env["PLUGIN_MULTIPLEX_GRPC"] ?? "") !== "";
  return `${[...fields, ...(asksForSharing ? ["false"] : [])].join("|")}\n`;
}

function unpaddedBase64(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? [])
    .toString("base64")
    .replace(/={1,2}$/, "");
}
