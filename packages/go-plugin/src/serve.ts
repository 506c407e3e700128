import { writeSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import type { GrpcServer } from "./grpc/server.ts";
import { GrpcError } from "./grpc/status.ts";
import {
  type HandshakeConfig,
  handshakeLine,
  isStartedByHost,
  NOT_BY_HAND,
  negotiateVersion,
} from "./handshake.ts";
import type { HostServerOptions } from "./host-server.ts";
import { watchParent } from "./host-watch.ts";
import { createLogger, type LogFields, type Logger } from "./logger.ts";
import { listenOnSocket, type PluginSocket } from "./plugin-socket.ts";
import { createStdio, redirectStdout } from "./services/stdio.ts";
import { hostTls, type SharedKeyPair } from "./tls/host-tls.ts";

export interface ServeOptions {
  readonly handshake: HandshakeConfig;
  /** Called once, when the host has been told where the plugin is. */
  readonly services: HostServerOptions["services"];
  /** For hosts that make a certificate for both sides; called once, before the host is told where the plugin is. */
  readonly sharedKeyPair?: SharedKeyPair;
}

/** How long calls under way may go on once the end has come: the host waits two seconds before it kills. */
const GRACE_MS = 1000;

/**
 * Serves a plugin: shakes hands with the host that started this process, answers its calls, and ends the process, with exit code
 * 0, when the host asks for it, goes away, or SIGTERM comes. The promise settles as soon as calls are answered.
 *
 * Without a host, and when it can't start: a word on standard error, and exit code 1. Later errors that nobody caught are logged,
 * and the process goes on: other mounts depend on it.
 */
export async function serve(options: ServeOptions): Promise<void> {
  if (!isStartedByHost(options.handshake, process.env)) {
    writeNow(STDERR, NOT_BY_HAND);
    process.exit(1);
  }
  const logger = createLogger("", (line) => writeNow(STDERR, line));
  process.on("uncaughtException", (error) => logger.error("an error that nobody caught", fieldsOf(error)));
  process.on("unhandledRejection", (reason) =>
    logger.error("a rejection that nobody handled", fieldsOf(reason)),
  );
  try {
    await start(options, logger);
  } catch (error) {
    logger.error("the plugin can't start", fieldsOf(error));
    process.exit(1);
  }
}

async function start({ handshake, services, sharedKeyPair }: ServeOptions, logger: Logger): Promise<void> {
  const { env } = process;
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
  // Else Node opens its debugger, on a port that every account of the machine can reach.
  process.on("SIGUSR1", () => {});
  process.on("SIGTERM", () => void end("SIGTERM"));
  watchParent(() => void end("the host has died"));

  const version = negotiateVersion(handshake, env);
  const secured = await hostTls(sharedKeyPair, env);
  const tls = secured?.tls;
  const accept = async (connection: Socket) => (await server)?.accept(connection);
  const refuse = (reason: string) => logger.warn("a connection was refused", { reason });
  socket = await listenOnSocket(tls ? tls.createServer(accept, refuse) : createServer(accept), env);
  // However the process ends.
  process.once("exit", socket.remove);
  // A host that died before this process could watch it is not seen to go: but nobody reads its pipe any more.
  if (!writeNow(STDOUT, handshakeLine(version, socket.path, secured?.announced, env)))
    return await end("the host has died");

  const stdio = createStdio();
  redirectStdout(stdio.write);
  const secure = async (raw: Socket) => (tls ? await tls.dial(raw) : raw);
  server = loadServer({ logger, stdio, services, secure, onEnd: (reason) => void end(reason) });
  await server;
}

/** node:http2 takes some 15 ms to load: it does so while the host reads where the plugin is. */
async function loadServer(options: HostServerOptions): Promise<GrpcServer> {
  const { createHostServer } = await import("./host-server.ts");
  return createHostServer(options);
}

const STDOUT = 1;
const STDERR = 2;

/**
 * Writes to a pipe of the host's, at once: `process.stderr` would take some milliseconds to set up. Whether it could: a host that has
 * died reads no more, and that is no error.
 */
function writeNow(descriptor: number, text: string): boolean {
  try {
    writeSync(descriptor, text);
    return true;
  } catch {
    return false;
  }
}

function fieldsOf(thrown: unknown): LogFields {
  const { name, message, stack } = thrown instanceof Error ? thrown : GrpcError.from(thrown);
  return { name, error: message, stack };
}
