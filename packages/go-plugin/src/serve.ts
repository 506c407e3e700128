import type { Socket } from "node:net";
import type { GrpcServer } from "./grpc/server.ts";
import { GrpcError } from "./grpc/status.ts";
import {
  type HandshakeConfig,
  handshakeLine,
  isStartedByHost,
  NOT_BY_HAND,
  negotiateVersion,
} from "./handshake.ts";
import { createHostServer, type HostServerOptions } from "./host-server.ts";
import { watchParent } from "./host-watch.ts";
import { dismissLauncher } from "./launcher.ts";
import { createLogger, type LogFields, type Logger } from "./logger.ts";
import { listenOnSocket, type PluginSocket } from "./plugin-socket.ts";
import { dropRuntimeVariables } from "./runtime-environment.ts";
import { createStdio, redirectStdout } from "./services/stdio.ts";
import { hostTls, type SharedKeyPair } from "./tls/host-tls.ts";
import { writeNow } from "./write-now.ts";

export interface ServeOptions {
  readonly handshake: HandshakeConfig;
  /** Called once, after the handshake line was written. */
  readonly services: HostServerOptions["services"];
  /**
   * For hosts that create a certificate for both sides; called once, before the handshake line is
   * written.
   */
  readonly sharedKeyPair?: SharedKeyPair;
}

/**
 * The time limit of calls in progress when the plugin stops: the host kills it after two seconds.
 */
const GRACE_MS = 1000;

/**
 * Serves a plugin: shakes hands with the host that started this process, and answers its calls. The
 * promise settles as soon as calls are served. The process ends with exit code 0 when the host
 * stops it, when the host is gone, or on SIGTERM.
 *
 * Without a host it writes a message to standard error and exits with code 1. If it fails to start,
 * it writes a line to the host's log, and another in place of the handshake, which hosts show to
 * their clients. It then exits with code 1.
 *
 * Later uncaught errors are logged, and the process continues: other mounts depend on it. When the
 * host can no longer be called back, it exits with code 1: a host starts another process at the
 * next request.
 *
 * The runtime's own variables, such as `NODE_OPTIONS`, are removed from the environment.
 */
export async function serve(options: ServeOptions): Promise<void> {
  dropRuntimeVariables(process.env);
  // From here on, the process reports why it ends.
  process.once("exit", () => dismissLauncher(process.env));
  if (!isStartedByHost(options.handshake, process.env)) {
    writeNow(STDERR, NOT_BY_HAND);
    process.exit(1);
  }
  const logger = createLogger("", (line) => writeNow(STDERR, line));
  let announced = false;
  const failToStart = (error: unknown): never => {
    const reason = `starting the plugin failed: ${GrpcError.from(error).message}`;
    logger.error(reason, fieldsOf(error));
    dismissLauncher(process.env);
    // A host shows its client what it finds in place of the handshake, and kills the process.
    if (!announced) writeNow(STDOUT, `${reason.replace(/\s+/g, " ")}\n`);
    process.exit(1);
  };
  const onStray = (message: string) => (error: unknown) => {
    // Until then no mount depends on the process, and the host may wait for what the error has
    // interrupted.
    if (!announced) failToStart(error);
    logger.error(message, fieldsOf(error));
  };
  process.on("uncaughtException", onStray("uncaught error"));
  process.on("unhandledRejection", onStray("unhandled rejection"));
  const onAnnounced = () => {
    announced = true;
    dismissLauncher(process.env);
  };
  try {
    await start(options, logger, onAnnounced);
  } catch (error) {
    failToStart(error);
  }
}

async function start(
  { handshake, services, sharedKeyPair }: ServeOptions,
  logger: Logger,
  onAnnounced: () => void,
): Promise<void> {
  const { env } = process;
  let socket: PluginSocket | undefined;
  let server: GrpcServer | undefined;
  let ending = false;
  const end = async (reason: string, exitCode = 0): Promise<void> => {
    if (ending) return;
    ending = true;
    logger.debug("the plugin is exiting", { reason });
    socket?.remove();
    await server?.close(GRACE_MS);
    process.exit(exitCode);
  };
  process.on("SIGINT", () => {});
  // Otherwise Node opens its debugger, on a port that every account of the machine can reach.
  process.on("SIGUSR1", () => {});
  process.on("SIGTERM", () => void end("SIGTERM"));
  watchParent(() => void end("the host died"));

  const version = negotiateVersion(handshake, env);
  const secured = await hostTls(sharedKeyPair, env);
  const tls = secured?.tls;
  const accept = (connection: Socket) => server?.accept(connection);
  const refuse = (reason: string) => logger.warn("rejected a connection", { reason });
  const secureServer = tls?.createServer(accept, refuse);
  socket = await listenOnSocket(
    secureServer ? (raw) => secureServer.emit("connection", raw) : accept,
    env,
  );
  // On every exit of the process.
  process.once("exit", socket.remove);
  // The watch misses a host that died before it began, but then the pipe has no reader.
  if (!writeNow(STDOUT, handshakeLine(version, socket.path, secured?.announced, env)))
    return await end("the host died");
  onAnnounced();

  const stdio = createStdio();
  redirectStdout(stdio.write);
  const secure = async (raw: Socket) => (tls ? await tls.dial(raw) : raw);
  server = createHostServer({
    logger,
    stdio,
    services,
    secure,
    onEnd: (reason) => void end(reason),
    onHostLost: (cause) => {
      logger.error(
        `calling the server back failed: ${cause.message}; the plugin exits, and the server starts another`,
      );
      void end("the host can't be called back", 1);
    },
  });
}

const STDOUT = 1;
const STDERR = 2;

function fieldsOf(thrown: unknown): LogFields {
  const { name, message, stack } = thrown instanceof Error ? thrown : GrpcError.from(thrown);
  return { name, error: message, stack };
}
