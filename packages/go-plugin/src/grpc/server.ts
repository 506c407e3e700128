import { setMaxListeners } from "node:events";
import { createServer, type Http2Server, type ServerHttp2Session } from "node:http2";
import type { Socket } from "node:net";
import { HTTP2_OPTIONS, widenWindow } from "./http2-settings.ts";
import { serveCall } from "./server-call.ts";
import type { Service } from "./service.ts";

/** Serves gRPC on given sockets. */
export class GrpcServer {
  readonly #http2: Http2Server;
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #closing = new AbortController();

  /** @param onIdle Called when the last connection has gone. */
  constructor(services: readonly Service[], onIdle: () => void) {
    const methods = new Map(services.flatMap((bound) => [...bound]));
    // There may be any number of streams: this is not a leak.
    setMaxListeners(0, this.#closing.signal);
    this.#http2 = createServer(HTTP2_OPTIONS);
    this.#http2.on("stream", (stream, headers) => {
      void serveCall(stream, headers, methods.get(headers[":path"] ?? ""), this.#closing.signal);
    });
    this.#http2.on("session", (session) => {
      this.#sessions.add(session);
      widenWindow(session);
      // A broken connection ends only its own calls.
      session.on("error", () => session.destroy());
      session.once("close", () => {
        this.#sessions.delete(session);
        if (this.#sessions.size === 0) onIdle();
      });
    });
    this.#http2.on("sessionError", () => {});
  }

  /** The number of connections. */
  get connections(): number {
    return this.#sessions.size;
  }

  /** Serves a connected socket, which has TLS already if it is wanted. */
  accept(socket: Socket): void {
    this.#http2.emit("connection", socket);
  }

  /** Ends the streams, waits for other calls up to the given time, and closes the connections. */
  async close(graceMs: number): Promise<void> {
    this.#closing.abort();
    const closed = [...this.#sessions].map(
      (session) => new Promise<void>((resolve) => session.close(() => resolve())),
    );
    let timer: NodeJS.Timeout | undefined;
    const grace = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, graceMs);
    });
    await Promise.race([Promise.all(closed), grace]);
    clearTimeout(timer);
    for (const session of this.#sessions) session.destroy();
  }
}
