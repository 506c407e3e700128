import type { Socket } from "node:net";
import { GrpcServer } from "./grpc/server.ts";
import type { Service } from "./grpc/service.ts";
import type { Logger } from "./logger.ts";
import { type Broker, createBroker } from "./services/broker.ts";
import { standardServices } from "./services/standard-services.ts";
import type { Stdio } from "./services/stdio.ts";

/** What the host gives to the plugin's services. */
export interface PluginHost {
  readonly broker: Broker;
  readonly logger: Logger;
}

export interface HostServerOptions {
  readonly logger: Logger;
  readonly stdio: Stdio;
  /** The plugin's own services. */
  readonly services: (host: PluginHost) => readonly Service[];
  /** Puts TLS onto a socket to the host, where the host speaks TLS. */
  readonly secure: (socket: Socket) => Promise<Socket>;
  /** Called when the host wants the plugin to end, or has gone. */
  readonly onEnd: (reason: string) => void;
  /** Called when a service of the host's, which a call still needs, is gone for good. */
  readonly onHostLost: (cause: Error) => void;
}

/** How long a host that has closed its last connection may take to open another. */
const RECONNECT_MS = 1000;

/** The server of all that a host calls: the plugin's services and go-plugin's own. */
export function createHostServer(options: HostServerOptions): GrpcServer {
  const { logger, stdio, services, secure, onEnd, onHostLost } = options;
  const { broker, service } = createBroker(secure, onHostLost);
  const standard = standardServices(() => onEnd("the host asked for it"));
  const server = new GrpcServer(
    [service, stdio.service, ...standard, ...services({ broker, logger })],
    () => {
      const timer = setTimeout(() => {
        if (server.connections === 0) onEnd("the host has gone");
      }, RECONNECT_MS);
      timer.unref();
    },
  );
  return server;
}
