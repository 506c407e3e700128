import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";

/** An HTTP proxy whose tunnels all lead to one place, whatever host is asked for. */
export interface ConnectProxy extends AsyncDisposable {
  /** Such as `http://127.0.0.1:3128`. */
  readonly url: string;
  /** The hosts that tunnels were asked for, with their ports. */
  readonly asked: readonly string[];
}

/**
 * Starts a proxy on this machine.
 *
 * @param target Where tunnels lead to, as a URL; or the HTTP status that it answers instead of
 * opening one.
 */
export async function startConnectProxy(target: string | number): Promise<ConnectProxy> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer();
  server.on("connection", (socket) => sockets.add(socket));
  server.on("connect", (request, client: Socket) => {
    asked.push(request.url ?? "");
    client.on("error", () => client.destroy());
    if (typeof target === "number") {
      client.end(`HTTP/1.1 ${target} Refused\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const { hostname, port } = new URL(target);
    const tunnel = connect(Number(port), hostname, () => {
      client.write("HTTP/1.1 200 OK\r\n\r\n");
      tunnel.pipe(client).pipe(tunnel);
    });
    tunnel.on("error", () => client.destroy());
    sockets.add(tunnel);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}
