import { encodeReset, encodeUpdate } from "./control-frames.ts";
import { encodeFrame, Flag, FrameType, MAX_PAYLOAD_BYTES } from "./frame.ts";
import type { Headers } from "./hpack.ts";

/** Why a stream has ended before both sides had ended it. */
export type StreamLoss =
  | { readonly by: "reset" /** One of `ErrorCode`. */; readonly code: number }
  | { readonly by: "connection"; readonly cause: Error | undefined }
  /** The peer takes no further stream, and has not seen this one. */
  | { readonly by: "refusal" };

/** What a stream's peer sends, in its order. Nothing comes after `onEnd` or `onLoss`. */
export interface StreamReceiver {
  /** The headers of a response, or trailers. A server has those of the request beforehand. */
  onHeaders(headers: Headers): void;
  onData(bytes: Buffer): void;
  /** The peer has sent all. */
  onEnd(): void;
  /** Neither side sends any more. It comes after `onEnd` too, if this side hadn't sent all. */
  onLoss(loss: StreamLoss): void;
}

/** What opens a stream of a client. */
export interface StreamOpener extends StreamReceiver {
  /** The stream is open. Otherwise there is only an `onLoss`. */
  onOpen(stream: Http2Stream): void;
}

/** What a stream needs of its connection. */
export interface StreamTransport {
  write(bytes: Buffer): void;
  /** Takes as many bytes as the connection's window has, up to a limit. */
  takeWindow(limit: number): number;
  /** The limit of a frame's payload that the peer has set. */
  readonly maxPayloadBytes: number;
  /** Whether the socket takes more at the moment. */
  readonly isCongested: boolean;
  /** Both sides have ended it, or one has reset it. */
  forget(stream: Http2Stream): void;
}

/** The window for what this side receives, in bytes: large messages don't wait for updates. */
export const STREAM_WINDOW = 16 * 1024 * 1024;
/** The window is updated for so much at once. */
const STREAM_UPDATE = STREAM_WINDOW / 2;

/** A stream of HTTP/2, as its sender sees it. */
export class Http2Stream {
  readonly id: number;
  receiver: StreamReceiver | undefined;
  readonly #transport: StreamTransport;
  /** How much the peer takes, in bytes. */
  #window: number;
  /** What waits for the windows. */
  #waiting: Buffer[] = [];
  /** The frame that ends this side, after what waits. */
  #last: Buffer | undefined;
  #onDrained: (() => void) | undefined;
  /** How many bytes were received since the last update of the window. */
  #received = 0;
  #isPaused = false;
  #hasSentAll = false;
  #hasReceivedAll = false;

  constructor(id: number, window: number, transport: StreamTransport) {
    this.id = id;
    this.#window = window;
    this.#transport = transport;
  }

  /** Whether nothing can be sent any more. */
  get hasEnded(): boolean {
    return this.#hasSentAll || this.#last !== undefined;
  }

  /** @param block As `encodeHeaders` returns it. */
  sendHeaders(block: Buffer): void {
    if (!this.hasEnded) this.#transport.write(encodeBlock(0, this.id, block));
  }

  /** Sends data, as soon as the peer takes it. */
  sendData(bytes: Buffer): void {
    if (this.hasEnded) return;
    this.#waiting.push(bytes);
    this.flush();
  }

  /** Ends this side, after what was sent before. @param trailers A block of headers. */
  end(trailers?: Buffer): void {
    if (this.hasEnded) return;
    this.#last = trailers
      ? encodeBlock(Flag.END_STREAM, this.id, trailers)
      : encodeFrame(FrameType.DATA, Flag.END_STREAM, this.id);
    this.flush();
  }

  /** Ends both sides at once, if they haven't ended. @param code One of `ErrorCode`. */
  reset(code: number): void {
    if (this.#hasSentAll && this.#hasReceivedAll) return;
    this.#transport.write(encodeReset(this.id, code));
    this.receiver = undefined;
    this.#close();
  }

  /** Waits until the peer has taken what was sent, or takes nothing any more. */
  async drained(): Promise<void> {
    if (this.#waiting.length === 0 && !this.#transport.isCongested) return;
    await new Promise<void>((resolve) => {
      this.#onDrained = resolve;
    });
  }

  /** The peer takes more, or less if it has changed its settings. */
  widen(bytes: number): void {
    this.#window += bytes;
  }

  /** Sends what waits, as far as the windows reach. */
  flush(): void {
    const { maxPayloadBytes } = this.#transport;
    while (this.#waiting.length > 0) {
      const [bytes = Buffer.alloc(0)] = this.#waiting;
      const limit = Math.min(bytes.length, Math.max(this.#window, 0), maxPayloadBytes);
      const length = this.#transport.takeWindow(limit);
      if (length === 0 && bytes.length > 0) return;
      this.#window -= length;
      this.#transport.write(encodeFrame(FrameType.DATA, 0, this.id, bytes.subarray(0, length)));
      if (length < bytes.length) this.#waiting[0] = bytes.subarray(length);
      else this.#waiting.shift();
    }
    if (this.#last) {
      this.#transport.write(this.#last);
      this.#last = undefined;
      this.#hasSentAll = true;
    }
    if (!this.#transport.isCongested) this.#drain();
    if (this.#hasSentAll && this.#hasReceivedAll) this.#transport.forget(this);
  }

  #drain(): void {
    this.#onDrained?.();
    this.#onDrained = undefined;
  }

  /** Lets the peer wait once the window is full. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#update();
  }

  /** @param bytes What it counts in the window, with padding. */
  receive(data: Buffer, bytes: number): void {
    this.#received += bytes;
    if (data.length > 0) this.receiver?.onData(data);
    this.#update();
  }

  #update(): void {
    if (this.#isPaused || this.#hasReceivedAll || this.#received < STREAM_UPDATE) return;
    this.#transport.write(encodeUpdate(this.id, this.#received));
    this.#received = 0;
  }

  /** The peer has sent all. */
  receiveEnd(): void {
    this.#hasReceivedAll = true;
    this.receiver?.onEnd();
    if (this.#hasSentAll) this.#transport.forget(this);
  }

  /** The stream is over, for both sides. */
  lose(loss: StreamLoss): void {
    const { receiver } = this;
    this.#close();
    receiver?.onLoss(loss);
  }

  #close(): void {
    this.receiver = undefined;
    this.#waiting = [];
    this.#last = undefined;
    this.#hasSentAll = true;
    this.#hasReceivedAll = true;
    this.#drain();
    this.#transport.forget(this);
  }
}

/** The frames of a block of headers. @param flags Of the first one. */
function encodeBlock(flags: number, streamId: number, block: Buffer): Buffer {
  if (block.length <= MAX_PAYLOAD_BYTES)
    return encodeFrame(FrameType.HEADERS, flags | Flag.END_HEADERS, streamId, block);
  const frames = [];
  for (let start = 0; start < block.length; start += MAX_PAYLOAD_BYTES) {
    const end = start + MAX_PAYLOAD_BYTES;
    const isLast = end >= block.length ? Flag.END_HEADERS : 0;
    const type = start === 0 ? FrameType.HEADERS : FrameType.CONTINUATION;
    const own = start === 0 ? flags : 0;
    frames.push(encodeFrame(type, own | isLast, streamId, block.subarray(start, end)));
  }
  return Buffer.concat(frames);
}
