import { once } from "node:events";
import type { ClientHttp2Session, ClientHttp2Stream } from "node:http2";
import { type AddressInfo, createServer, type ListenOptions, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { ConnInfo } from "../gen/plugin/broker.ts";
import { GrpcServer } from "../grpc/server.ts";
import type { Service } from "../grpc/service.ts";
import type { HostSideTls } from "./plugin-connection.ts";
import { frame, openCall } from "./raw-call.ts";

/** A host's services for its plugin, through the broker. */
export interface BrokeredServer {
  readonly network: "tcp" | "unix";
  readonly address: string;
  /** Destroys its connections, as the death of a host does. */
  drop(): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Serves on a unix socket or a port, as a host does; with TLS it accepts only the plugin. */
export async function serveBrokered(
  services: readonly Service[],
  where: ListenOptions,
  tls?: HostSideTls,
): Promise<BrokeredServer> {
  const server = new GrpcServer(services, () => {});
  const sockets = new Set<Socket>();
  const accept = (socket: Socket) => {
    sockets.add(socket);
    server.accept(socket);
  };
  const listener = tls
    ? createTlsServer(
        {
          key: tls.host.key,
          cert: tls.host.certificate,
          ca: tls.plugin,
          requestCert: true,
          rejectUnauthorized: true,
          ALPNProtocols: ["h2"],
        },
        accept,
      )
    : createServer(accept);
  listener.listen(where);
  await once(listener, "listening");
  return {
    ...addressOf(listener.address()),
    drop() {
      for (const socket of sockets) socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      listener.close();
      await server.close(0);
    },
  };
}

function addressOf(
  address: string | AddressInfo | null,
): Pick<BrokeredServer, "network" | "address"> {
  if (typeof address === "string") return { network: "unix", address };
  const { family, address: host, port } = address ?? { family: "", address: "", port: 0 };
  return { network: "tcp", address: `${family === "IPv6" ? `[${host}]` : host}:${port}` };
}

/** Opens the stream on which a host sends the addresses of its services. */
export function announcer(session: ClientHttp2Session): {
  readonly stream: ClientHttp2Stream;
  announce(
    serviceId: number,
    server: Pick<BrokeredServer, "address"> & { readonly network: string },
  ): void;
} {
  const stream = openCall(session, "/plugin.GRPCBroker/StartStream");
  stream.on("error", () => {});
  return {
    stream,
    announce: (serviceId, { network, address }) =>
      stream.write(
        frame(ConnInfo.encode({ serviceId, network, address, knock: undefined }).finish()),
      ),
  };
}
