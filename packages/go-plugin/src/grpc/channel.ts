import type { Socket } from "node:net";
import { Http2Connection } from "../http2/connection.ts";
import { type CallOptions, callUnary } from "./client-call.ts";

/**
 * A connection to a gRPC server, for unary calls. When it is lost, the calls in progress fail with
 * UNAVAILABLE; the next one reconnects, if the channel can. A call that the server has certainly
 * not begun is sent a second time.
 */
export class Channel {
  readonly #reconnect: (() => Promise<Socket>) | undefined;
  /** Those that aren't closed: one that the host ends drains while the next is in use. */
  readonly #connections = new Set<Http2Connection>();
  #connection: Http2Connection;
  #connecting: Promise<Http2Connection> | undefined;
  #ended = false;

  /**
   * @param socket A connected socket, with TLS where that is wanted.
   * @param reconnect Returns another one; without it, calls fail once the connection is lost.
   */
  constructor(socket: Socket, reconnect?: () => Promise<Socket>) {
    this.#connection = this.#use(socket);
    this.#reconnect = reconnect;
  }

  get closed(): boolean {
    return this.#connection.closed;
  }

  /** Closes the channel; calls in progress fail with UNAVAILABLE. */
  close(): void {
    this.#ended = true;
    for (const connection of this.#connections) connection.destroy();
  }

  /**
   * Makes a unary call with the bytes of a message, and returns those of its response.
   *
   * @param path `/package.Service/Method`.
   * @throws GrpcError with the server's status, or the reason why there is none.
   */
  async unary(path: string, message: Uint8Array, options: CallOptions = {}): Promise<Uint8Array> {
    return await callUnary(this.#connect, path, message, options);
  }

  readonly #connect = (): Http2Connection | Promise<Http2Connection> => {
    if (!this.closed || this.#ended || !this.#reconnect) return this.#connection;
    // Once for all waiting calls.
    this.#connecting ??= this.#connectAnew(this.#reconnect);
    return this.#connecting;
  };

  async #connectAnew(reconnect: () => Promise<Socket>): Promise<Http2Connection> {
    try {
      this.#connection = this.#use(await reconnect());
      // The channel was closed meanwhile.
      if (this.#ended) this.#connection.destroy();
      return this.#connection;
    } finally {
      this.#connecting = undefined;
    }
  }

  #use(socket: Socket): Http2Connection {
    const onClose = () => this.#connections.delete(connection);
    const connection = new Http2Connection(socket, { onClose });
    this.#connections.add(connection);
    return connection;
  }
}
