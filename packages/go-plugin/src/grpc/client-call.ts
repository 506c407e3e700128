import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from "node:http2";
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
 * Makes one call on a session: sends a message and returns its response. Always fails with a
 * GrpcError.
 */
export async function callUnary(
  session: ClientHttp2Session,
  path: string,
  message: Uint8Array,
  { signal, timeoutMs }: CallOptions,
): Promise<Uint8Array> {
  if (signal?.aborted) throw cancelled(signal);
  const stream = open(session, path, timeoutMs);
  let timer: NodeJS.Timeout | undefined;
  let onAbort = () => {};
  const stopped = new Promise<never>((_, reject) => {
    if (timeoutMs !== undefined) {
      const tooLate = () =>
        reject(new GrpcError(GrpcCode.DEADLINE_EXCEEDED, `no response within ${timeoutMs} ms`));
      timer = setTimeout(tooLate, Math.min(timeoutMs, MAX_TIMER_MS));
    }
    if (signal) {
      onAbort = () => reject(cancelled(signal));
      signal.addEventListener("abort", onAbort);
    }
  });
  try {
    stream.end(encodeFrame(message));
    return await Promise.race([readAnswer(stream, session), stopped]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
    // Cancels the call at the server; this has no effect on a call that has ended.
    stream.close(constants.NGHTTP2_CANCEL);
  }
}

function open(
  session: ClientHttp2Session,
  path: string,
  timeoutMs: number | undefined,
): ClientHttp2Stream {
  const headers: OutgoingHttpHeaders = {
    ":method": "POST",
    ":path": path,
    "content-type": "application/grpc",
    te: "trailers",
    ...(timeoutMs !== undefined && { "grpc-timeout": formatTimeout(timeoutMs) }),
  };
  try {
    return session.request(headers);
  } catch (error) {
    throw new GrpcError(GrpcCode.UNAVAILABLE, "the connection to the host is closed", {
      cause: error,
    });
  }
}

/** Returns the message of a response. @throws GrpcError if its status isn't OK. */
function readAnswer(stream: ClientHttp2Stream, session: ClientHttp2Session): Promise<Uint8Array> {
  const parser = new FrameParser();
  let message: Uint8Array | undefined;
  let status: Status | undefined;
  let failure: Error | undefined;
  return new Promise((resolve, reject) => {
    const readStatus = (headers: AnswerHeaders) => {
      status = statusOf(headers) ?? status;
    };
    // A response without a message has its status in the headers.
    stream.once("response", readStatus);
    stream.once("trailers", readStatus);
    stream.on("data", (chunk: Buffer) => {
      try {
        for (const whole of parser.push(chunk)) message = whole;
      } catch (error) {
        reject(error);
        stream.destroy();
      }
    });
    stream.on("error", (error) => {
      failure = error;
    });
    stream.once("close", () => {
      status ??= statusOfLoss(stream, session, failure);
      if (status !== "ok") reject(status);
      else if (message) resolve(message);
      else reject(new GrpcError(GrpcCode.INTERNAL, "the host responded without a message"));
    });
  });
}

/** How a call ended. */
type Status = GrpcError | "ok";

/** Headers or trailers; Node gives the HTTP status as a number. */
type AnswerHeaders = IncomingHttpHeaders & { readonly ":status"?: string | number };

function statusOf(headers: AnswerHeaders): Status | undefined {
  const code = headers["grpc-status"];
  if (code === "0") return "ok";
  if (code !== undefined) {
    const message = decodeStatusMessage(headers["grpc-message"]?.toString() ?? "");
    return new GrpcError(toGrpcCode(Number(code)), message);
  }
  const httpStatus = Number(headers[":status"] ?? 200);
  if (httpStatus === 200) return undefined;
  return new GrpcError(
    codeOfHttpStatus(httpStatus),
    `the host responded with HTTP status ${httpStatus}`,
  );
}

/** Returns the error of a call that ended without a status. */
function statusOfLoss(
  stream: ClientHttp2Stream,
  session: ClientHttp2Session,
  cause?: Error,
): GrpcError {
  if (session.closed || session.destroyed) {
    return new GrpcError(GrpcCode.UNAVAILABLE, "the connection to the host was lost", { cause });
  }
  const code = codeOfReset(stream.rstCode ?? constants.NGHTTP2_NO_ERROR);
  return new GrpcError(code, "the host ended the call without a status", { cause });
}

function cancelled(signal: AbortSignal): GrpcError {
  return new GrpcError(GrpcCode.CANCELLED, "the call was canceled", { cause: signal.reason });
}
