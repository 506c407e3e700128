import { once } from "node:events";
import {
  constants,
  createServer,
  type Http2Server,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { Socket } from "node:net";
import { CONNECTION_WINDOW, HTTP2_SETTINGS } from "./http2-settings.ts";
import { serveCall } from "./server-call.ts";
import type { Service } from "./service.ts";

/** Serves gRPC on sockets that it is given. */
export class GrpcServer {
  readonly #http2: Http2Server;
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #unaryCalls = new Set<ServerHttp2Stream>();
  readonly #streamingCalls = new Set<ServerHttp2Stream>();

  /** @param onIdle Called when the last connection has gone. */
  constructor(services: readonly Service[], onIdle: () => void) {
    const methods = new Map(services.flatMap((bound) => [...bound]));
    this.#http2 = createServer({ settings: HTTP2_SETTINGS });
    this.#http2.on("stream", (stream, headers) => {
      const method = methods.get(headers[":path"] ?? "");
      track(method?.definition.responseStream ? this.#streamingCalls : this.#unaryCalls, stream);
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

  /** Ends all connections, once the unary calls under way have ended; waits for that as long as is given, in milliseconds. */
  async close(graceMs: number): Promise<void> {
    const grace = new Promise<void>((resolve) => setTimeout(resolve, graceMs));
    await Promise.race([grace, Promise.all([...this.#unaryCalls].map((stream) => once(stream, "close")))]);
    for (const stream of this.#streamingCalls) stream.close(constants.NGHTTP2_CANCEL);
    // A session that is closed, and not destroyed, still sends what it has.
    const sent = [...this.#sessions].map((session) => new Promise<void>((resolve) => session.close(resolve)));
    await Promise.race([grace, Promise.all(sent)]);
    for (const session of this.#sessions) session.destroy();
  }
}

function track<T extends ServerHttp2Stream>(streams: Set<T>, stream: T): void {
  streams.add(stream);
  stream.once("close", () => streams.delete(stream));
}
