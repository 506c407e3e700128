import type { Socket } from "node:net";
import { GrpcServer } from "./grpc/server.ts";
import type { Service } from "./grpc/service.ts";
import type { Logger } from "./logger.ts";
import { type Broker, createBroker } from "./services/broker.ts";
import { standardServices } from "./services/standard-services.ts";
import type { Stdio } from "./services/stdio.ts";

/** The host's services for those of the plugin. */
export interface PluginHost {
  readonly broker: Broker;
  readonly logger: Logger;
}

export interface HostServerOptions {
  readonly logger: Logger;
  readonly stdio: Stdio;
  /** The plugin's own services. */
  readonly services: (host: PluginHost) => readonly Service[];
  /** Starts TLS on a socket to the host, if the host uses TLS. */
  readonly secure: (socket: Socket) => Promise<Socket>;
  /** Called when the host stops the plugin, or is gone. */
  readonly onEnd: (reason: string) => void;
  /** Called when a service of the host that a call needs is permanently gone. */
  readonly onHostLost: (cause: Error) => void;
}

/** How long a host may take to reconnect after it has closed its last connection. */
const RECONNECT_MS = 1000;

/** Serves the plugin's services and those of go-plugin to the host. */
export function createHostServer(options: HostServerOptions): GrpcServer {
  const { logger, stdio, services, secure, onEnd, onHostLost } = options;
  const { broker, service } = createBroker(secure, onHostLost);
  const standard = standardServices(() => onEnd("the host requested it"));
  const server = new GrpcServer(
    [service, stdio.service, ...standard, ...services({ broker, logger })],
    () => {
      const timer = setTimeout(() => {
        if (server.connections === 0) onEnd("the host is gone");
      }, RECONNECT_MS);
      timer.unref();
    },
  );
  return server;
}
