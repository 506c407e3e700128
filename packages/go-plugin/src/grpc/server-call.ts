import { setMaxListeners } from "node:events";
import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { encodeFrame, FrameParser } from "./frame.ts";
import { readMetadata } from "./metadata.ts";
import type { BoundMethod, Call, MessageCodec } from "./service.ts";
import { GrpcCode, GrpcError } from "./status.ts";
import { encodeStatusMessage } from "./status-message.ts";
import { parseTimeout } from "./timeout.ts";

/**
 * Handles one call. Every error becomes the status of this call, and affects nothing else.
 *
 * @param closing Aborted when the server closes, which ends streams: they may never end by
 * themselves.
 */
export async function serveCall(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  method: BoundMethod | undefined,
  closing: AbortSignal,
): Promise<void> {
  const abort = new AbortController();
  // A handler may pass its signal to any number of calls.
  setMaxListeners(0, abort.signal);
  const stop = (code: GrpcCode, message: string) => {
    const error = new GrpcError(code, message);
    abort.abort(error);
    finish(stream, error);
  };
  const onLost = () => stop(GrpcCode.CANCELLED, "the call was canceled");
  const onClosing = () => stop(GrpcCode.UNAVAILABLE, "the plugin is exiting");
  const timeoutMs = parseTimeout(headers["grpc-timeout"]?.toString());
  const deadline =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => stop(GrpcCode.DEADLINE_EXCEEDED, "the deadline has passed"), timeoutMs);
  stream.once("close", onLost);
  // A stream that the client resets emits an error, and then a close, which is handled below.
  stream.on("error", () => {});
  if (method?.definition.responseStream) closing.addEventListener("abort", onClosing);
  try {
    if (!method)
      throw new GrpcError(GrpcCode.UNIMPLEMENTED, `there is no method ${headers[":path"]}`);
    await answer(stream, method, { metadata: readMetadata(headers), signal: abort.signal });
    finish(stream);
  } catch (error) {
    finish(stream, GrpcError.from(error));
  } finally {
    clearTimeout(deadline);
    stream.off("close", onLost);
    closing.removeEventListener("abort", onClosing);
  }
}

async function answer(
  stream: ServerHttp2Stream,
  { definition, handler }: BoundMethod,
  call: Call,
): Promise<void> {
  const { requestType, requestStream, responseType, responseStream } = definition;
  const request = requestStream
    ? readMessages(stream, requestType)
    : await readMessage(stream, requestType);
  const response = handler(request, call);
  if (!responseStream) {
    await send(stream, responseType, await response);
    return;
  }
  for await (const message of response as AsyncIterable<unknown>) {
    // Returns from the handler's iterator, in case it ignores the signal.
    call.signal.throwIfAborted();
    await send(stream, responseType, message);
  }
}

/** Returns the single message of a request. */
function readMessage(stream: ServerHttp2Stream, codec: MessageCodec<unknown>): Promise<unknown> {
  const parser = new FrameParser();
  return new Promise((resolve, reject) => {
    let settled = false;
    const onData = (chunk: Buffer) => {
      try {
        const [message] = parser.push(chunk);
        if (!message) return;
        settled = true;
        resolve(decode(codec, message));
      } catch (error) {
        // Further data is ignored.
        stream.off("data", onData);
        settled = true;
        reject(error);
      }
    };
    // Creating an error costs more than the rest of a call: it is created only if needed.
    const fail = (code: GrpcCode, reason: string) => () => {
      if (!settled) reject(new GrpcError(code, reason));
    };
    stream.on("data", onData);
    stream.once("end", fail(GrpcCode.INTERNAL, "the request has no complete message"));
    stream.once("close", fail(GrpcCode.CANCELLED, "the call was canceled"));
  });
}

async function* readMessages(
  stream: ServerHttp2Stream,
  codec: MessageCodec<unknown>,
): AsyncGenerator<unknown> {
  const parser = new FrameParser();
  // A handler that stops reading may still respond.
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    for (const message of parser.push(chunk as Buffer)) yield decode(codec, message);
  }
}

function decode(codec: MessageCodec<unknown>, message: Uint8Array): unknown {
  try {
    return codec.decode(message);
  } catch (error) {
    throw new GrpcError(GrpcCode.INTERNAL, "the request is not a valid message", { cause: error });
  }
}

/** Writes one message, and waits for the client to read. */
async function send(
  stream: ServerHttp2Stream,
  codec: MessageCodec<unknown>,
  response: unknown,
): Promise<void> {
  const frame = encodeFrame(codec.encode(response).finish());
  if (hasEnded(stream)) return;
  respond(stream);
  if (!stream.write(frame)) await drained(stream);
}

/**
 * Waits until the client reads more, or disconnects. No listener remains: a stream may wait any
 * number of times.
 */
function drained(stream: ServerHttp2Stream): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stream.off("drain", done).off("close", done);
      resolve();
    };
    stream.on("drain", done).on("close", done);
  });
}

function respond(stream: ServerHttp2Stream): void {
  if (!stream.headersSent)
    stream.respond(
      { ":status": 200, "content-type": "application/grpc" },
      { waitForTrailers: true },
    );
}

/** Ends the call with its status. Idempotent. */
function finish(stream: ServerHttp2Stream, error?: GrpcError): void {
  if (hasEnded(stream)) return;
  respond(stream);
  stream.once("wantTrailers", () => {
    stream.sendTrailers({
      "grpc-status": String(error?.code ?? GrpcCode.OK),
      ...(error && { "grpc-message": encodeStatusMessage(error.message) }),
    });
  });
  stream.end();
  // The rest of the request is dropped, so that it doesn't fill the connection's window. (To reset
  // the stream would be the other way, but Node then loses the trailers.)
  stream.resume();
}

/** Whether the response is complete, or the client is gone. */
function hasEnded(stream: ServerHttp2Stream): boolean {
  return stream.destroyed || stream.writableEnded;
}
