import { type ClientHttp2Session, connect } from "node:http2";
import type { Duplex } from "node:stream";
import { type CallOptions, callUnary } from "./client-call.ts";
import { HTTP2_OPTIONS, widenWindow } from "./http2-settings.ts";

/**
 * A connection to a gRPC server, for unary calls. When it is lost, the calls under way fail with UNAVAILABLE; the next one connects anew,
 * where the channel can.
 */
export class Channel {
  readonly #reconnect: (() => Promise<Duplex>) | undefined;
  #session: ClientHttp2Session;
  #connecting: Promise<void> | undefined;
  #ended = false;

  /**
   * @param socket A connected socket, with TLS where that is wanted.
   * @param reconnect Gives another one; without it, calls fail once the connection is lost.
   */
  constructor(socket: Duplex, reconnect?: () => Promise<Duplex>) {
    this.#session = openSession(socket);
    this.#reconnect = reconnect;
  }

  get closed(): boolean {
    return this.#session.closed || this.#session.destroyed;
  }

  /** Ends the connection, for good; calls under way fail with UNAVAILABLE. */
  close(): void {
    this.#ended = true;
    this.#session.destroy();
  }

  /**
   * One unary call: the bytes of a message, and those of its answer.
   *
   * @param path `/package.Service/Method`.
   * @throws GrpcError with the status that the server gave, or the reason why it couldn't.
   */
  async unary(path: string, message: Uint8Array, options: CallOptions = {}): Promise<Uint8Array> {
    if (this.closed && !this.#ended && this.#reconnect) await this.#connectAnew(this.#reconnect);
    return await callUnary(this.#session, path, message, options);
  }

  /** Once for all calls that wait for it. */
  async #connectAnew(reconnect: () => Promise<Duplex>): Promise<void> {
    this.#connecting ??= reconnect()
      .then((socket) => {
        this.#session = openSession(socket);
        // It was closed meanwhile.
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
  // The calls under way are told by their own streams; later ones find the session closed.
  session.on("error", () => {});
  // Node's session waits for ever for a socket that has closed before.
  if (socket.destroyed) session.destroy();
  return session;
}
