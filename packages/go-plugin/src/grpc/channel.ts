import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type IncomingHttpHeaders,
} from "node:http2";
import type { Duplex } from "node:stream";
import { encodeFrame, FrameParser } from "./frame.ts";
import { CONNECTION_WINDOW, HTTP2_SETTINGS } from "./http2-settings.ts";
import { GrpcCode, GrpcError, toGrpcCode } from "./status.ts";
import { decodeStatusMessage } from "./status-message.ts";
import { formatTimeout } from "./timeout.ts";

export interface CallOptions {
  /** Cancels the call. */
  readonly signal?: AbortSignal;
  /** Milliseconds until the call fails with DEADLINE_EXCEEDED; none by default. */
  readonly timeoutMs?: number;
}

/** A connection to a gRPC server, for unary calls. It doesn't reconnect: when it is closed, calls fail with UNAVAILABLE. */
export class Channel {
  readonly #session: ClientHttp2Session;

  /** @param socket A connected socket, with TLS where that is wanted. */
  constructor(socket: Duplex) {
    this.#session = connect("http://localhost", { createConnection: () => socket, settings: HTTP2_SETTINGS });
    this.#session.once("connect", () => this.#session.setLocalWindowSize(CONNECTION_WINDOW));
    // The calls under way are told by their own streams; later ones find the session closed.
    this.#session.on("error", () => {});
  }

  get closed(): boolean {
    return this.#session.closed || this.#session.destroyed;
  }

  /** Ends the connection; calls under way fail. */
  close(): void {
    this.#session.destroy();
  }

  /**
   * One unary call: the bytes of a message, and those of its answer.
   *
   * @param path `/package.Service/Method`.
   * @throws GrpcError with the status that the server gave, or the reason why it couldn't.
   */
  async unary(
    path: string,
    message: Uint8Array,
    { signal, timeoutMs }: CallOptions = {},
  ): Promise<Uint8Array> {
    if (this.closed) throw new GrpcError(GrpcCode.UNAVAILABLE, "the connection to the host is closed");
    signal?.throwIfAborted();
    const stream = this.#session.request({
      ":method": "POST",
      ":path": path,
      "content-type": "application/grpc",
      te: "trailers",
      ...(timeoutMs !== undefined && { "grpc-timeout": formatTimeout(timeoutMs) }),
    });
    const cancel = (code: GrpcCode, reason: string) => stream.destroy(new GrpcError(code, reason));
    const onAbort = () => cancel(GrpcCode.CANCELLED, "the call was cancelled");
    signal?.addEventListener("abort", onAbort, { once: true });
    const deadline =
      timeoutMs === undefined
        ? undefined
        : setTimeout(() => cancel(GrpcCode.DEADLINE_EXCEEDED, `no answer within ${timeoutMs} ms`), timeoutMs);
    try {
      stream.end(encodeFrame(message));
      return await readAnswer(stream);
    } finally {
      clearTimeout(deadline);
      signal?.removeEventListener("abort", onAbort);
    }
  }
}

/** The message of an answer, or the error that its trailers tell of. */
function readAnswer(stream: ClientHttp2Stream): Promise<Uint8Array> {
  const parser = new FrameParser();
  let message: Uint8Array | undefined;
  let status: GrpcError | "ok" | undefined;
  const readStatus = (headers: AnswerHeaders) => {
    status = statusOf(headers) ?? status;
  };
  return new Promise((resolve, reject) => {
    // An answer without a message has its status in the headers.
    stream.once("response", readStatus);
    stream.once("trailers", readStatus);
    stream.on("data", (chunk: Buffer) => {
      try {
        for (const whole of parser.push(chunk)) message = whole;
      } catch (error) {
        stream.destroy(GrpcError.from(error));
      }
    });
    stream.once("error", (error) =>
      reject(
        error instanceof GrpcError
          ? error
          : new GrpcError(GrpcCode.UNAVAILABLE, "the connection to the host was lost", { cause: error }),
      ),
    );
    stream.once("close", () => {
      if (status instanceof GrpcError) reject(status);
      else if (status === "ok" && message) resolve(message);
      else if (status === "ok")
        reject(new GrpcError(GrpcCode.INTERNAL, "the host answered without a message"));
      else reject(new GrpcError(GrpcCode.UNAVAILABLE, "the host ended the call without a status"));
    });
  });
}

/** Headers or trailers; Node gives the HTTP status as a number. */
type AnswerHeaders = IncomingHttpHeaders & { readonly ":status"?: string | number };

function statusOf(headers: AnswerHeaders): GrpcError | "ok" | undefined {
  const httpStatus = headers[":status"];
  if (httpStatus !== undefined && Number(httpStatus) !== 200) {
    return new GrpcError(GrpcCode.UNAVAILABLE, `the host answered with HTTP status ${httpStatus}`);
  }
  const code = headers["grpc-status"];
  if (code === undefined) return undefined;
  if (code === "0") return "ok";
  return new GrpcError(
    toGrpcCode(Number(code)),
    decodeStatusMessage(headers["grpc-message"]?.toString() ?? ""),
  );
}
