import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { encodeFrame, FrameParser } from "./frame.ts";
import { readMetadata } from "./metadata.ts";
import type { BoundMethod, Call, MessageCodec } from "./service.ts";
import { GrpcCode, GrpcError } from "./status.ts";
import { encodeStatusMessage } from "./status-message.ts";
import { parseTimeout } from "./timeout.ts";

const CONTENT_TYPE = "application/grpc";

/** Answers one call. Whatever goes wrong becomes the status of this call, and nothing else. */
export async function serveCall(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  method: BoundMethod | undefined,
): Promise<void> {
  const abort = new AbortController();
  stream.once("close", () => abort.abort(new GrpcError(GrpcCode.CANCELLED, "the call was cancelled")));
  // A stream that the client resets emits an error, which the close that follows has told already.
  stream.on("error", () => {});
  const timeoutMs = parseTimeout(headers["grpc-timeout"]?.toString());
  const deadline =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          const error = new GrpcError(GrpcCode.DEADLINE_EXCEEDED, "the deadline has passed");
          abort.abort(error);
          finish(stream, error);
        }, timeoutMs);
  try {
    if (!method) throw new GrpcError(GrpcCode.UNIMPLEMENTED, `there is no method ${headers[":path"]}`);
    await answer(stream, method, { metadata: readMetadata(headers), signal: abort.signal });
    finish(stream);
  } catch (error) {
    finish(stream, GrpcError.from(error));
  } finally {
    clearTimeout(deadline);
  }
}

async function answer(
  stream: ServerHttp2Stream,
  { definition, handler }: BoundMethod,
  call: Call,
): Promise<void> {
  const { requestType, requestStream, responseType, responseStream } = definition;
  const request = requestStream ? readMessages(stream, requestType) : await readMessage(stream, requestType);
  const response = handler(request, call);
  if (!responseStream) {
    await send(stream, responseType, await response);
    return;
  }
  for await (const message of response as AsyncIterable<unknown>) await send(stream, responseType, message);
}

/** The one message of a request. */
function readMessage(stream: ServerHttp2Stream, codec: MessageCodec<unknown>): Promise<unknown> {
  const parser = new FrameParser();
  return new Promise((resolve, reject) => {
    stream.on("data", (chunk: Buffer) => {
      try {
        for (const message of parser.push(chunk)) resolve(decode(codec, message));
      } catch (error) {
        reject(error);
      }
    });
    stream.once("end", () => reject(new GrpcError(GrpcCode.INTERNAL, "the request has no whole message")));
    stream.once("close", () => reject(new GrpcError(GrpcCode.CANCELLED, "the call was cancelled")));
  });
}

async function* readMessages(
  stream: ServerHttp2Stream,
  codec: MessageCodec<unknown>,
): AsyncGenerator<unknown> {
  const parser = new FrameParser();
  for await (const chunk of stream) {
    for (const message of parser.push(chunk as Buffer)) yield decode(codec, message);
  }
}

function decode(codec: MessageCodec<unknown>, message: Uint8Array): unknown {
  try {
    return codec.decode(message);
  } catch (error) {
    throw new GrpcError(GrpcCode.INTERNAL, "the request is no message of its type", { cause: error });
  }
}

/** Writes one message, and waits while the client takes no more. */
async function send(
  stream: ServerHttp2Stream,
  codec: MessageCodec<unknown>,
  response: unknown,
): Promise<void> {
  if (stream.destroyed || stream.writableEnded) return;
  respond(stream);
  const frame = encodeFrame(codec.encode(response).finish());
  if (!stream.write(frame)) {
    await new Promise<void>((resolve) => {
      stream.once("drain", resolve);
      stream.once("close", resolve);
    });
  }
}

function respond(stream: ServerHttp2Stream): void {
  if (!stream.headersSent)
    stream.respond({ ":status": 200, "content-type": CONTENT_TYPE }, { waitForTrailers: true });
}

/** Ends the call with its status; a second time does nothing. */
function finish(stream: ServerHttp2Stream, error?: GrpcError): void {
  if (stream.destroyed || stream.writableEnded) return;
  respond(stream);
  stream.once("wantTrailers", () => {
    stream.sendTrailers({
      "grpc-status": String(error?.code ?? GrpcCode.OK),
      ...(error && { "grpc-message": encodeStatusMessage(error.message) }),
    });
  });
  stream.end();
  // What the client still sends of its request is dropped, so that it doesn't fill the connection's window.
  stream.resume();
}
