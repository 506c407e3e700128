import { createServer, type Http2Server, type ServerHttp2Session } from "node:http2";
import type { Socket } from "node:net";
import { CONNECTION_WINDOW, HTTP2_SETTINGS } from "./http2-settings.ts";
import { serveCall } from "./server-call.ts";
import type { Service } from "./service.ts";

/** Serves gRPC on sockets that it is given. */
export class GrpcServer {
  readonly #http2: Http2Server;
  readonly #sessions = new Set<ServerHttp2Session>();

  /** @param onIdle Called when the last connection has gone. */
  constructor(services: readonly Service[], onIdle: () => void) {
    const methods = new Map(services.flatMap((bound) => [...bound]));
    this.#http2 = createServer({ settings: HTTP2_SETTINGS });
    this.#http2.on("stream", (stream, headers) => {
      void serveCall(stream, headers, methods.get(headers[":path"] ?? ""));
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

  /** Lets calls under way end for as long as is given, then ends all connections. */
  async close(graceMs: number): Promise<void> {
    const closed = [...this.#sessions].map(
      (session) => new Promise<void>((resolve) => session.close(() => resolve())),
    );
    await Promise.race([
      Promise.all(closed),
      new Promise<void>((resolve) => setTimeout(resolve, graceMs).unref()),
    ]);
    for (const session of this.#sessions) session.destroy();
  }
}
