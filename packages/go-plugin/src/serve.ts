import { createServer, type Socket } from "node:net";
import { GrpcServer } from "./grpc/server.ts";
import type { Service } from "./grpc/service.ts";
import {
  checkCookie,
  type HandshakeConfig,
  HandshakeError,
  handshakeLine,
  negotiateVersion,
} from "./handshake.ts";
import { watchParent } from "./host-watch.ts";
import { createLogger, type Logger } from "./logger.ts";
import { listenOnSocket, type PluginSocket } from "./plugin-socket.ts";
import { type Broker, createBroker } from "./services/broker.ts";
import { standardServices } from "./services/standard-services.ts";
import { createStdio, redirectStdout } from "./services/stdio.ts";
import { createIdentity } from "./tls/certificate.ts";
import { pinnedTls } from "./tls/pinning.ts";

/** What the host gives to the plugin's services. */
export interface PluginHost {
  readonly broker: Broker;
  readonly logger: Logger;
}

export interface ServeOptions {
  readonly handshake: HandshakeConfig;
  /** Called once, before the host is told that the plugin is there. */
  readonly services: (host: PluginHost) => readonly Service[];
}

/** How long calls under way may go on once the end has come: the host waits two seconds before it kills. */
const GRACE_MS = 1000;

/** How long a host that has closed its last connection may take to open another. */
const RECONNECT_MS = 1000;

/**
 * Serves a plugin: shakes hands with the host that started this process, answers its calls, and ends the process, with
 * exit code 0, when the host asks for it, goes away, or SIGTERM comes. Without a host: a word on standard error and exit code 1.
 *
 * Errors that nobody caught are logged, and the process goes on: other mounts depend on it.
 */
export async function serve({ handshake, services }: ServeOptions): Promise<void> {
  const { env } = process;
  let version: number;
  try {
    checkCookie(handshake, env);
    version = negotiateVersion(handshake, env);
  } catch (error) {
    if (!(error instanceof HandshakeError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
    return;
  }

  const logger = createLogger("", (line) => process.stderr.write(line));
  survive(logger);

  const peer = env["PLUGIN_CLIENT_CERT"];
  const identity = peer ? createIdentity() : undefined;
  const tls = peer && identity ? pinnedTls(identity, peer) : undefined;

  let ending = false;
  let plugin: PluginSocket | undefined;
  const end = async (reason: string): Promise<void> => {
    if (ending) return;
    ending = true;
    logger.debug("the plugin ends", { reason });
    plugin?.remove();
    await server.close(GRACE_MS);
    process.exit(0);
  };

  const stdio = createStdio();
  const { broker, service } = createBroker(async (socket) => (tls ? await tls.dial(socket) : socket));
  const server = new GrpcServer(
    [
      service,
      stdio.service,
      ...standardServices(() => void end("the host asked for it")),
      ...services({ broker, logger }),
    ],
    () => setTimeout(() => server.connections === 0 && void end("the host has gone"), RECONNECT_MS).unref(),
  );
  const accept = (socket: Socket) => server.accept(socket);
  const refused = (reason: string) => logger.warn("a connection was refused", { reason });
  plugin = await listenOnSocket(tls ? tls.createServer(accept, refused) : createServer(accept), env);

  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => void end("SIGTERM"));
  watchParent(() => void end("the host has died"));
  process.stdout.write(handshakeLine(version, plugin.path, identity?.der, env));
  redirectStdout(stdio.write);
}

function survive(logger: Logger): void {
  // A host that has died reads neither: that must not become an error to be logged, and so on for ever.
  process.stderr.on("error", () => {});
  process.stdout.on("error", () => {});
  const log = (message: string) => (reason: unknown) => {
    const { name, message: text, stack } = reason instanceof Error ? reason : new Error(String(reason));
    logger.error(message, { name, error: text, stack });
  };
  process.on("uncaughtException", log("an error that nobody caught"));
  process.on("unhandledRejection", log("a rejection that nobody handled"));
}
