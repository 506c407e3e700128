import { once } from "node:events";
import { createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import { CONNECTION_WINDOW, HTTP2_SETTINGS } from "./http2-settings.ts";
import { serveCall } from "./server-call.ts";
import type { Service } from "./service.ts";

/** Serves gRPC on sockets that it is given. */
export class GrpcServer {
  readonly #http2: Http2Server;
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #unaryCalls = new Set<ServerHttp2Stream>();

  /** @param onIdle Called when the last connection has gone. */
  constructor(services: readonly Service[], onIdle: () => void) {
    const methods = new Map(services.flatMap((bound) => [...bound]));
    this.#http2 = createServer({ settings: HTTP2_SETTINGS });
    this.#http2.on("stream", (stream, headers) => {
      const method = methods.get(headers[":path"] ?? "");
      if (!method?.definition.responseStream) this.#track(stream);
      void serveCall(stream, headers, method);
    });
    this.#http2.on("session", (session) => {
      this.#sessions.add(session);
      session.once("connect", () => session.setLocalWindowSize(CONNECTION_WINDOW));
      // A connection that breaks takes its own calls with it, and no more.
      session.on("error", () => session.destroy());
      session.once("close", () => {
        this.#sessions.delete(session);
        if (this.#sessions.size === 0) onIdle();
      });
    });
    this.#http2.on("sessionError", () => {});
  }

  /** How many connections there are. */
  get connections(): number {
    return this.#sessions.size;
  }

  /** Takes over a connected socket, with TLS where that is wanted. */
  accept(socket: Socket): void {
    this.#http2.emit("connection", socket);
  }

  /** Lets unary calls under way end for as long as is given, then ends all connections. */
  async close(graceMs: number): Promise<void> {
    const ended = [...this.#unaryCalls].map((stream) => once(stream, "close"));
    const grace = new Promise<void>((resolve) => setTimeout(resolve, graceMs));
    await Promise.race([Promise.all(ended), grace]);
    for (const session of this.#sessions) session.destroy();
  }

  #track(stream: ServerHttp2Stream): void {
    this.#unaryCalls.add(stream);
    stream.once("close", () => this.#unaryCalls.delete(stream));
  }
}
