import type { Http2Connection } from "../http2/connection.ts";
import { ErrorCode } from "../http2/error-code.ts";
import { encodeHeaders, type Headers } from "../http2/hpack.ts";
import type { StreamLoss, StreamReceiver } from "../http2/stream.ts";
import { encodeFrame, FrameParser } from "./frame.ts";
import { codeOfHttpStatus } from "./http-status.ts";
import { codeOfReset } from "./reset-code.ts";
import { GrpcCode, GrpcError, toGrpcCode } from "./status.ts";
import { decodeStatusMessage } from "./status-message.ts";
import { formatTimeout, MAX_TIMER_MS } from "./timeout.ts";

export interface CallOptions {
  /** Cancels the call, which fails with CANCELLED. */
  readonly signal?: AbortSignal;
  /**
   * The deadline in milliseconds, after which the call fails with DEADLINE_EXCEEDED; none by
   * default.
   */
  readonly timeoutMs?: number;
}

/**
 * Makes one call on a connection: sends a message and returns its response. Always fails with a
 * GrpcError.
 */
export async function callUnary(
  connection: Http2Connection,
  path: string,
  message: Uint8Array,
  { signal, timeoutMs }: CallOptions,
): Promise<Uint8Array> {
  if (signal?.aborted) throw cancelled(signal);
  const answer = new Answer();
  const stream = await connection.open(answer);
  if (!stream) throw new GrpcError(GrpcCode.UNAVAILABLE, "the connection to the host is closed");
  const onAbort = () => signal && answer.fail(cancelled(signal));
  signal?.addEventListener("abort", onAbort);
  const onLate = () =>
    answer.fail(new GrpcError(GrpcCode.DEADLINE_EXCEEDED, `no response within ${timeoutMs} ms`));
  const timer =
    timeoutMs === undefined ? undefined : setTimeout(onLate, Math.min(timeoutMs, MAX_TIMER_MS));
  try {
    stream.sendHeaders(requestHeaders(path, timeoutMs));
    stream.sendData(encodeFrame(message));
    stream.end();
    return await answer.message;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
    // Cancels the call at the server; this has no effect on a call that has ended.
    stream.reset(ErrorCode.CANCEL);
  }
}

/** The headers of each path without its timeout. There are as many as methods. */
const HEADERS = new Map<string, Buffer>();

function requestHeaders(path: string, timeoutMs: number | undefined): Buffer {
  const headers = HEADERS.get(path) ?? headersOf(path);
  HEADERS.set(path, headers);
  if (timeoutMs === undefined) return headers;
  return Buffer.concat([headers, encodeHeaders([["grpc-timeout", formatTimeout(timeoutMs)]])]);
}

function headersOf(path: string): Buffer {
  return encodeHeaders([
    [":method", "POST"],
    [":scheme", "http"],
    [":path", path],
    [":authority", "localhost"],
    ["content-type", "application/grpc"],
    ["te", "trailers"],
  ]);
}

/** What a server responds to a call. */
class Answer implements StreamReceiver {
  readonly message: Promise<Uint8Array>;
  readonly #parser = new FrameParser();
  #resolve: (message: Uint8Array) => void = () => {};
  #reject: (error: GrpcError) => void = () => {};
  #received: Uint8Array | undefined;
  #status: Status | undefined;

  constructor() {
    this.message = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // The call may fail before anybody waits for it.
    this.message.catch(() => {});
  }

  fail(error: GrpcError): void {
    this.#reject(error);
  }

  /** A response without a message has its status in the headers. */
  onHeaders(headers: Headers): void {
    this.#status = statusOf(headers) ?? this.#status;
  }

  onData(bytes: Buffer): void {
    try {
      for (const whole of this.#parser.push(bytes)) this.#received = whole;
    } catch (error) {
      this.fail(GrpcError.from(error));
    }
  }

  onEnd(): void {
    if (this.#status === undefined)
      this.fail(new GrpcError(GrpcCode.INTERNAL, "the host ended the call without a status"));
    else if (this.#status !== "ok") this.fail(this.#status);
    else if (this.#received) this.#resolve(this.#received);
    else this.fail(new GrpcError(GrpcCode.INTERNAL, "the host responded without a message"));
  }

  onLoss(loss: StreamLoss): void {
    if (this.#status === undefined) this.fail(errorOfLoss(loss));
    else this.onEnd();
  }
}

function errorOfLoss(loss: StreamLoss): GrpcError {
  if (loss.by === "reset")
    return new GrpcError(codeOfReset(loss.code), "the host ended the call without a status");
  const { cause } = loss;
  return new GrpcError(GrpcCode.UNAVAILABLE, "the connection to the host was lost", { cause });
}

/** How a call ended. */
type Status = GrpcError | "ok";

function statusOf(headers: Headers): Status | undefined {
  const code = headers.get("grpc-status");
  if (code === "0") return "ok";
  if (code !== undefined) {
    const message = decodeStatusMessage(headers.get("grpc-message") ?? "");
    return new GrpcError(toGrpcCode(Number(code)), message);
  }
  const httpStatus = Number(headers.get(":status") ?? 200);
  if (httpStatus === 200) return undefined;
  return new GrpcError(
    codeOfHttpStatus(httpStatus),
    `the host responded with HTTP status ${httpStatus}`,
  );
}

function cancelled(signal: AbortSignal): GrpcError {
  return new GrpcError(GrpcCode.CANCELLED, "the call was canceled", { cause: signal.reason });
}
