import type { Socket } from "node:net";
import { Http2Connection } from "../http2/connection.ts";
import { ServerCall } from "./server-call.ts";
import type { BoundMethod, Service } from "./service.ts";

/** Serves gRPC on given sockets. */
export class GrpcServer {
  readonly #methods: ReadonlyMap<string, BoundMethod>;
  readonly #onIdle: () => void;
  readonly #connections = new Set<Http2Connection>();
  /** The calls whose responses are streams: these may never end by themselves. */
  readonly #streaming = new Set<ServerCall>();
  #onClosed = () => {};

  /** @param onIdle Called when the last connection has gone. */
  constructor(services: readonly Service[], onIdle: () => void) {
    this.#methods = new Map(services.flatMap((bound) => [...bound]));
    this.#onIdle = onIdle;
  }

  /** The number of connections. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Serves a connected socket, which has TLS already if it is wanted. */
  accept(socket: Socket): void {
    const connection = new Http2Connection(socket, {
      onRequest: (stream, headers) => {
        const method = this.#methods.get(headers.get(":path") ?? "");
        return new ServerCall(stream, headers, method, this.#streaming);
      },
      onClose: () => {
        this.#connections.delete(connection);
        if (this.#connections.size > 0) return;
        this.#onClosed();
        this.#onIdle();
      },
    });
    this.#connections.add(connection);
  }

  /** Ends the streams, waits for other calls up to the given time, and closes the connections. */
  async close(graceMs: number): Promise<void> {
    for (const call of [...this.#streaming]) call.stop();
    for (const connection of this.#connections) connection.close();
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#onClosed = resolve;
      timer = setTimeout(resolve, graceMs);
      if (this.#connections.size === 0) resolve();
    });
    clearTimeout(timer);
    for (const connection of [...this.#connections]) connection.destroy();
  }
}
