import { setMaxListeners } from "node:events";
import { encodeHeaders, type Headers } from "../http2/hpack.ts";
import type { Http2Stream, StreamReceiver } from "../http2/stream.ts";
import { encodeFrame, FrameParser } from "./frame.ts";
import { MessageQueue } from "./message-queue.ts";
import { type Metadata, readMetadata } from "./metadata.ts";
import type { BoundMethod, Call, MessageCodec } from "./service.ts";
import { GrpcCode, GrpcError } from "./status.ts";
import { encodeStatusMessage } from "./status-message.ts";
import { parseTimeout } from "./timeout.ts";

const RESPONSE = encodeHeaders([
  [":status", "200"],
  ["content-type", "application/grpc"],
]);
const OK = encodeHeaders([["grpc-status", String(GrpcCode.OK)]]);

/** Handles one call. Every error becomes the status of this call, and affects nothing else. */
export class ServerCall implements Call, StreamReceiver {
  readonly #stream: Http2Stream;
  readonly #headers: Headers;
  readonly #method: BoundMethod | undefined;
  readonly #parser = new FrameParser();
  readonly #messages: MessageQueue<unknown>;
  /** When its client gives it up, in milliseconds of `performance.now()`. */
  readonly #deadline: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** The calls of the server whose responses are streams. */
  readonly #streaming: Set<ServerCall>;
  #abort: AbortController | undefined;
  /** Why nobody waits for the call any more. */
  #stopped: GrpcError | undefined;
  #hasResponded = false;

  constructor(
    stream: Http2Stream,
    headers: Headers,
    method: BoundMethod | undefined,
    streaming: Set<ServerCall>,
  ) {
    this.#stream = stream;
    this.#headers = headers;
    this.#method = method;
    this.#streaming = streaming;
    this.#messages = new MessageQueue(() => stream.resume());
    const timeoutMs = parseTimeout(headers.get("grpc-timeout"));
    this.#deadline = timeoutMs === undefined ? undefined : performance.now() + timeoutMs;
    if (!method) {
      const reason = `there is no method ${headers.get(":path")}`;
      this.#finish(new GrpcError(GrpcCode.UNIMPLEMENTED, reason));
      return;
    }
    if (method.definition.responseStream) streaming.add(this);
    if (method.definition.requestStream) void this.#answer(method, this.#messages);
  }

  get metadata(): Metadata {
    return readMetadata(this.#headers);
  }

  /** Created when it is asked for: most calls end before anybody listens. */
  get signal(): AbortSignal {
    this.#abort ??= this.#watch();
    return this.#abort.signal;
  }

  #watch(): AbortController {
    const abort = new AbortController();
    // A handler may pass its signal to any number of calls.
    setMaxListeners(0, abort.signal);
    if (this.#stopped) abort.abort(this.#stopped);
    else if (this.#deadline !== undefined) {
      const onLate = () => this.#stop(GrpcCode.DEADLINE_EXCEEDED, "the deadline has passed");
      this.#timer = setTimeout(onLate, Math.max(0, this.#deadline - performance.now()));
    }
    return abort;
  }

  /** The server closes: a stream may never end by itself. */
  stop(): void {
    this.#stop(GrpcCode.UNAVAILABLE, "the plugin is exiting");
  }

  onHeaders(): void {}

  onData(bytes: Buffer): void {
    // The rest of a request that has its response is dropped, so that it doesn't fill the window.
    if (this.#stream.hasEnded || !this.#method) return;
    const { requestType, requestStream } = this.#method.definition;
    try {
      for (const message of this.#parser.push(bytes)) {
        const request = decode(requestType, message);
        if (requestStream) {
          // Until the handler wants another one.
          this.#stream.pause();
          this.#messages.push(request);
        } else if (!this.#messages.isOver) {
          this.#messages.end();
          void this.#answer(this.#method, request);
        }
      }
    } catch (error) {
      this.#finish(GrpcError.from(error));
      this.#messages.end();
    }
  }

  onEnd(): void {
    if (!this.#method?.definition.requestStream && !this.#messages.isOver)
      this.#finish(new GrpcError(GrpcCode.INTERNAL, "the request has no complete message"));
    this.#messages.end();
  }

  onLoss(): void {
    this.#stop(GrpcCode.CANCELLED, "the call was canceled");
  }

  async #answer({ definition, handler }: BoundMethod, request: unknown): Promise<void> {
    const { responseType, responseStream } = definition;
    try {
      const response = handler(request, this);
      if (responseStream) await this.#sendAll(responseType, response as AsyncIterable<unknown>);
      else this.#send(responseType, await response);
      this.#finish();
    } catch (error) {
      this.#finish(GrpcError.from(error));
    }
  }

  /** Sends the messages of a stream, each when the client has read those before. */
  async #sendAll(codec: MessageCodec<unknown>, messages: AsyncIterable<unknown>): Promise<void> {
    for await (const message of messages) {
      // Returns from the handler's iterator, in case it ignores the signal.
      if (this.#stopped) throw this.#stopped;
      this.#send(codec, message);
      await this.#stream.drained();
    }
  }

  #send(codec: MessageCodec<unknown>, message: unknown): void {
    const frame = encodeFrame(codec.encode(message).finish());
    this.#respond();
    this.#stream.sendData(frame);
  }

  #respond(): void {
    if (this.#hasResponded) return;
    this.#hasResponded = true;
    this.#stream.sendHeaders(RESPONSE);
  }

  #stop(code: GrpcCode, message: string): void {
    this.#stopped ??= new GrpcError(code, message);
    this.#abort?.abort(this.#stopped);
    this.#messages.fail(this.#stopped);
    this.#finish(this.#stopped);
  }

  /** Ends the call with its status. Idempotent. */
  #finish(error?: GrpcError): void {
    clearTimeout(this.#timer);
    this.#streaming.delete(this);
    if (this.#stream.hasEnded) return;
    this.#respond();
    this.#stream.end(error ? trailersOf(error) : OK);
  }
}

function trailersOf({ code, message }: GrpcError): Buffer {
  return encodeHeaders([
    ["grpc-status", String(code)],
    ["grpc-message", encodeStatusMessage(message)],
  ]);
}

function decode(codec: MessageCodec<unknown>, message: Uint8Array): unknown {
  try {
    return codec.decode(message);
  } catch (error) {
    throw new GrpcError(GrpcCode.INTERNAL, "the request is not a valid message", { cause: error });
  }
}
