import { writeSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import type { GrpcServer } from "./grpc/server.ts";
import {
  checkCookie,
  type HandshakeConfig,
  HandshakeError,
  handshakeLine,
  negotiateVersion,
} from "./handshake.ts";
import type { HostServerOptions } from "./host-server.ts";
import { watchParent } from "./host-watch.ts";
import { createLogger, type Logger } from "./logger.ts";
import { listenOnSocket, type PluginSocket } from "./plugin-socket.ts";
import { createStdio, redirectStdout } from "./services/stdio.ts";
import { createIdentity } from "./tls/certificate.ts";
import { pinnedTls } from "./tls/pinning.ts";

export interface ServeOptions {
  readonly handshake: HandshakeConfig;
  /** Called once, when the host has been told where the plugin is. */
  readonly services: HostServerOptions["services"];
}

/** How long calls under way may go on once the end has come: the host waits two seconds before it kills. */
const GRACE_MS = 1000;

/**
 * Serves a plugin: shakes hands with the host that started this process, answers its calls, and ends the process, with
 * exit code 0, when the host asks for it, goes away, or SIGTERM comes. Without a host: a word on standard error and exit code 1.
 *
 * Errors that nobody caught are logged, and the process goes on: other mounts depend on it.
 */
export async function serve({ handshake, services }: ServeOptions): Promise<void> {
  const { env } = process;
  const version = shakeHands(handshake, env);
  if (version === undefined) return;

  const logger = createLogger("", (line) => writeNow(STDERR, line));
  survive(logger);
  const peer = env["PLUGIN_CLIENT_CERT"];
  const identity = peer ? createIdentity() : undefined;
  const tls = peer && identity ? pinnedTls(identity, peer) : undefined;

  let socket: PluginSocket | undefined;
  let server: Promise<GrpcServer> | undefined;
  let ending = false;
  const end = async (reason: string): Promise<void> => {
    if (ending) return;
    ending = true;
    logger.debug("the plugin ends", { reason });
    socket?.remove();
    await (await server)?.close(GRACE_MS);
    process.exit(0);
  };
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => void end("SIGTERM"));
  watchParent(() => void end("the host has died"));

  const accept = async (connection: Socket) => (await server)?.accept(connection);
  const refuse = (reason: string) => logger.warn("a connection was refused", { reason });
  socket = await listenOnSocket(tls ? tls.createServer(accept, refuse) : createServer(accept), env);
  writeNow(STDOUT, handshakeLine(version, socket.path, identity?.der, env));

  const stdio = createStdio();
  redirectStdout(stdio.write);
  const secure = async (raw: Socket) => (tls ? await tls.dial(raw) : raw);
  server = loadServer({ logger, stdio, services, secure, onEnd: (reason) => void end(reason) });
}

/** node:http2 takes some 15 ms to load: it does so while the host reads where the plugin is. */
async function loadServer(options: HostServerOptions): Promise<GrpcServer> {
  const { createHostServer } = await import("./host-server.ts");
  return createHostServer(options);
}

/** The protocol version to speak; undefined, with a word to the person at the terminal, if no host started this process. */
function shakeHands(handshake: HandshakeConfig, env: NodeJS.ProcessEnv): number | undefined {
  try {
    checkCookie(handshake, env);
    return negotiateVersion(handshake, env);
  } catch (error) {
    if (!(error instanceof HandshakeError)) throw error;
    writeNow(STDERR, `${error.message}\n`);
    process.exitCode = 1;
    return undefined;
  }
}

const STDOUT = 1;
const STDERR = 2;

/**
 * Writes to a pipe of the host's, at once: `process.stderr` would take some milliseconds to set up. A host that has died reads no
 * more, and that is no error: the plugin is about to end.
 */
function writeNow(descriptor: number, text: string): void {
  try {
    writeSync(descriptor, text);
  } catch {
    // Nobody is there to tell.
  }
}

function survive(logger: Logger): void {
  const log = (message: string) => (reason: unknown) => {
    const { name, message: text, stack } = reason instanceof Error ? reason : new Error(String(reason));
    logger.error(message, { name, error: text, stack });
  };
  process.on("uncaughtException", log("an error that nobody caught"));
  process.on("unhandledRejection", log("a rejection that nobody handled"));
}
