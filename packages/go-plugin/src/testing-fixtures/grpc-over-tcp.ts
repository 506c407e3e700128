import { once } from "node:events";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { Channel } from "../grpc/channel.ts";
import { GrpcServer } from "../grpc/server.ts";
import type { Service } from "../grpc/service.ts";

/** Services on a local port, and clients of them; all are closed with `using`. */
export interface GrpcOverTcp {
  readonly server: GrpcServer;
  channel(): Promise<Channel>;
  /** An HTTP/2 client without gRPC. */
  session(): ClientHttp2Session;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function serveOverTcp(
  services: readonly Service[],
  onIdle: () => void = () => {},
): Promise<GrpcOverTcp> {
  const server = new GrpcServer(services, onIdle);
  const listener = createServer((socket) => server.accept(socket)).listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as AddressInfo;
  const sockets: Socket[] = [];
  return {
    server,
    async channel() {
      const socket = connect(port, "127.0.0.1");
      sockets.push(socket);
      await once(socket, "connect");
      return new Channel(socket);
    },
    session() {
      return connectHttp2(`http://127.0.0.1:${port}`, {
        createConnection: () => {
          const socket = connect(port, "127.0.0.1");
          sockets.push(socket);
          return socket;
        },
      });
    },
    async [Symbol.asyncDispose]() {
      await server.close(0);
      for (const socket of sockets) socket.destroy();
      listener.close();
    },
  };
}
