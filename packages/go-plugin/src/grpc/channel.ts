import { type ClientHttp2Session, connect } from "node:http2";
import type { Duplex } from "node:stream";
import { type CallOptions, callUnary } from "./client-call.ts";
import { HTTP2_OPTIONS, widenWindow } from "./http2-settings.ts";

/** A connection to a gRPC server, for unary calls. It doesn't reconnect: when it is closed, calls fail with UNAVAILABLE. */
export class Channel {
  readonly #session: ClientHttp2Session;

  /** @param socket A connected socket, with TLS where that is wanted. */
  constructor(socket: Duplex) {
    this.#session = connect("http://localhost", { ...HTTP2_OPTIONS, createConnection: () => socket });
    widenWindow(this.#session);
    // The calls under way are told by their own streams; later ones find the session closed.
    this.#session.on("error", () => {});
    // Node's session waits for ever for a socket that has closed before.
    if (socket.destroyed) this.#session.destroy();
  }

  get closed(): boolean {
    return this.#session.closed || this.#session.destroyed;
  }

  /** Ends the connection; calls under way fail with UNAVAILABLE. */
  close(): void {
    this.#session.destroy();
  }

  /**
   * One unary call: the bytes of a message, and those of its answer.
   *
   * @param path `/package.Service/Method`.
   * @throws GrpcError with the status that the server gave, or the reason why it couldn't.
   */
  unary(path: string, message: Uint8Array, options: CallOptions = {}): Promise<Uint8Array> {
    return callUnary(this.#session, path, message, options);
  }
}
