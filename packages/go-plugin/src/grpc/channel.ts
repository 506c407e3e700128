import { type ClientHttp2Session, connect } from "node:http2";
import type { Duplex } from "node:stream";
import { type CallOptions, callUnary } from "./client-call.ts";
import { HTTP2_OPTIONS, widenWindow } from "./http2-settings.ts";

/**
 * A connection to a gRPC server, for unary calls. When it is lost, the calls in progress fail with
 * UNAVAILABLE; the next one reconnects, if the channel can.
 */
export class Channel {
  readonly #reconnect: (() => Promise<Duplex>) | undefined;
  #session: ClientHttp2Session;
  #connecting: Promise<void> | undefined;
  #ended = false;

  /**
   * @param socket A connected socket, with TLS where that is wanted.
   * @param reconnect Returns another one; without it, calls fail once the connection is lost.
   */
  constructor(socket: Duplex, reconnect?: () => Promise<Duplex>) {
    this.#session = openSession(socket);
    this.#reconnect = reconnect;
  }

  get closed(): boolean {
    return this.#session.closed || this.#session.destroyed;
  }

  /** Closes the channel; calls in progress fail with UNAVAILABLE. */
  close(): void {
    this.#ended = true;
    this.#session.destroy();
  }

  /**
   * Makes a unary call with the bytes of a message, and returns those of its response.
   *
   * @param path `/package.Service/Method`.
   * @throws GrpcError with the server's status, or the reason why there is none.
   */
  async unary(path: string, message: Uint8Array, options: CallOptions = {}): Promise<Uint8Array> {
    if (this.closed && !this.#ended && this.#reconnect) await this.#connectAnew(this.#reconnect);
    return await callUnary(this.#session, path, message, options);
  }

  /** Reconnects once for all waiting calls. */
  async #connectAnew(reconnect: () => Promise<Duplex>): Promise<void> {
    this.#connecting ??= reconnect()
      .then((socket) => {
        this.#session = openSession(socket);
        // The channel was closed meanwhile.
        if (this.#ended) this.#session.destroy();
      })
      .finally(() => {
        this.#connecting = undefined;
      });
    await this.#connecting;
  }
}

function openSession(socket: Duplex): ClientHttp2Session {
  const session = connect("http://localhost", { ...HTTP2_OPTIONS, createConnection: () => socket });
  widenWindow(session);
  // Calls in progress fail with their own streams; later ones find the session closed.
  session.on("error", () => {});
  // Node's session waits for ever for a socket that has closed before.
  if (socket.destroyed) session.destroy();
  return session;
}
