import { Http2Connection } from "../http2/connection.ts";
import { ErrorCode } from "../http2/error-code.ts";
import { encodeHeaders, type Headers } from "../http2/hpack.ts";
import type { Http2Stream, StreamLoss, StreamOpener } from "../http2/stream.ts";
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

/** Returns the connection in use; a promise of the next one while that is being made. */
export type Connect = () => Http2Connection | Promise<Http2Connection>;

/**
 * Makes one call: sends a message and returns its response. The signal and the deadline apply from
 * the start, whatever the call waits for. Always fails with a GrpcError.
 */
export async function callUnary(
  connect: Connect,
  path: string,
  message: Uint8Array,
  { signal, timeoutMs }: CallOptions,
): Promise<Uint8Array> {
  if (signal?.aborted) throw cancelled(signal);
  const call = new UnaryCall(connect, requestHeaders(path, timeoutMs), encodeFrame(message));
  const onAbort = () => signal && call.fail(cancelled(signal));
  signal?.addEventListener("abort", onAbort);
  const onLate = () =>
    call.fail(new GrpcError(GrpcCode.DEADLINE_EXCEEDED, `no response within ${timeoutMs} ms`));
  const timer =
    timeoutMs === undefined ? undefined : setTimeout(onLate, Math.min(timeoutMs, MAX_TIMER_MS));
  try {
    void call.begin();
    return await call.response;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
    call.end();
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

/** What a call sends, and what the server responds. */
class UnaryCall implements StreamOpener {
  readonly response: Promise<Uint8Array>;
  readonly #connect: Connect;
  readonly #headers: Buffer;
  readonly #body: Buffer;
  readonly #parser = new FrameParser();
  #resolve: (message: Uint8Array) => void = () => {};
  #reject: (error: GrpcError) => void = () => {};
  #connection: Http2Connection | undefined;
  #stream: Http2Stream | undefined;
  #received: Uint8Array | undefined;
  #status: Status | undefined;
  #hasFailed = false;
  #timesSent = 0;

  constructor(connect: Connect, headers: Buffer, body: Buffer) {
    this.#connect = connect;
    this.#headers = headers;
    this.#body = body;
    this.response = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Sends the request, once there is a connection that takes another stream. */
  async begin(): Promise<void> {
    try {
      const connection = this.#connect();
      this.#connection = connection instanceof Http2Connection ? connection : await connection;
      if (this.#hasFailed) return;
      if (this.#connection.closed) throw errorOfLoss({ by: "refusal" });
      this.#connection.open(this);
    } catch (error) {
      this.fail(GrpcError.from(error));
    }
  }

  /** Cancels the request, if it is in progress. */
  end(): void {
    this.#connection?.leave(this);
    this.#stream?.reset(ErrorCode.CANCEL);
  }

  fail(error: GrpcError): void {
    this.#hasFailed = true;
    this.#reject(error);
  }

  onOpen(stream: Http2Stream): void {
    this.#stream = stream;
    this.#timesSent += 1;
    stream.sendHeaders(this.#headers);
    stream.sendData(this.#body);
    stream.end();
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
    if (this.#status !== undefined) this.onEnd();
    else if (isUnprocessed(loss) && this.#timesSent < 2 && !this.#hasFailed) void this.begin();
    else this.fail(errorOfLoss(loss));
  }
}

/**
 * Whether the server has certainly not seen the call, or not begun it. It may then be sent again:
 * once, as gRPC's own clients do.
 * https://github.com/grpc/proposal/blob/master/A6-client-retries.md#transparent-retries
 */
function isUnprocessed(loss: StreamLoss): boolean {
  return loss.by === "refusal" || (loss.by === "reset" && loss.code === ErrorCode.REFUSED_STREAM);
}

function errorOfLoss(loss: StreamLoss): GrpcError {
  if (loss.by === "refusal")
    return new GrpcError(GrpcCode.UNAVAILABLE, "the connection to the host is closed");
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
