import type { Socket } from "node:net";
import {
  encodeGoAway,
  encodeSettings,
  encodeUpdate,
  readSettings,
  readUInt32,
  Setting,
} from "./control-frames.ts";
import { ErrorCode, Http2Error } from "./error-code.ts";
import {
  encodeFrame,
  Flag,
  type Frame,
  FrameReader,
  FrameType,
  MAX_PAYLOAD_BYTES,
  withoutPadding,
} from "./frame.ts";
import { type HeaderBlock, HeaderBlocks } from "./header-blocks.ts";
import { type Headers, MAX_HEADER_BYTES } from "./hpack.ts";
import {
  Http2Stream,
  STREAM_WINDOW,
  type StreamOpener,
  type StreamReceiver,
  type StreamTransport,
} from "./stream.ts";

/** Takes a request of the peer; what it returns gets the rest of it. */
export type RequestListener = (stream: Http2Stream, headers: Headers) => StreamReceiver;

export interface ConnectionOptions {
  /** Servers take the requests of their peers; a client has none. */
  readonly onRequest?: RequestListener;
  /** Called once, when the connection is closed. */
  readonly onClose?: () => void;
}

/** What a client sends first. */
const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/** The windows in bytes, if nothing else is agreed. */
const DEFAULT_WINDOW = 65_535;
const MAX_WINDOW = 2 ** 31 - 1;

/** The window for what this side receives, in bytes: large messages don't wait for updates. */
const CONNECTION_WINDOW = 64 * 1024 * 1024;
/** The window is updated for so much at once. */
const CONNECTION_UPDATE = CONNECTION_WINDOW / 2;

const MAX_STREAMS = 4096;
const MAX_STREAM_ID = 2 ** 31 - 1;

/** Beyond so many bytes, streams wait until the socket has sent what was written. */
const MAX_SOCKET_BYTES = 1024 * 1024;

/** A connection of HTTP/2 with prior knowledge, for either side. RFC 9113. */
export class Http2Connection implements StreamTransport {
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #reader = new FrameReader();
  readonly #blocks = new HeaderBlocks();
  readonly #streams = new Map<number, Http2Stream>();
  /** How many bytes were received since the last update of the window. */
  #received = 0;
  /** How much the peer takes, in bytes. */
  #window = DEFAULT_WINDOW;
  #streamWindow = DEFAULT_WINDOW;
  #maxStreams = Number.POSITIVE_INFINITY;
  maxPayloadBytes = MAX_PAYLOAD_BYTES;
  #hasPreface: boolean;
  /** The newest stream that the peer has opened, or of a client, this side. */
  #lastId: number;
  /** What is sent at the end of this turn of the event loop. */
  #output: Buffer[] = [];
  /** Those that wait until the peer takes another stream, in their order. */
  readonly #waiting = new Set<StreamOpener>();
  #isClosing = false;
  #isClosed = false;

  /** @param socket A connected socket. */
  constructor(socket: Socket, options: ConnectionOptions = {}) {
    this.#socket = socket;
    this.#options = options;
    const isServer = options.onRequest !== undefined;
    this.#hasPreface = !isServer;
    this.#lastId = isServer ? 0 : -1;
    // What is written is complete: nothing is gained by waiting for more.
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("drain", () => this.#flushStreams());
    let cause: Error | undefined;
    // A broken connection ends only its own streams.
    socket.on("error", (error) => {
      cause = error;
    });
    // HTTP/2 has no half of a connection: it ends when the peer ends it.
    socket.once("end", () => socket.destroy());
    socket.once("close", () => this.#lose(cause));
    // One that was closed before tells nobody.
    if (socket.destroyed) process.nextTick(() => this.#lose(undefined));
    if (!isServer) this.write(PREFACE);
    this.write(
      encodeSettings([
        [Setting.ENABLE_PUSH, 0],
        [Setting.MAX_CONCURRENT_STREAMS, MAX_STREAMS],
        [Setting.INITIAL_WINDOW_SIZE, STREAM_WINDOW],
        [Setting.MAX_HEADER_LIST_SIZE, MAX_HEADER_BYTES],
      ]),
    );
    this.write(encodeUpdate(0, CONNECTION_WINDOW - DEFAULT_WINDOW));
  }

  /** Whether it takes no further stream. */
  get closed(): boolean {
    return this.#isClosing || this.#isClosed;
  }

  /** The number of streams that are open. */
  get streams(): number {
    return this.#streams.size;
  }

  get isCongested(): boolean {
    return this.#socket.writableLength > MAX_SOCKET_BYTES;
  }

  /**
   * Opens a stream, at once or when the peer takes another one. It is lost if the connection takes
   * no further stream.
   */
  open(opener: StreamOpener): void {
    this.#waiting.add(opener);
    this.#admit();
  }

  /** Gives up waiting for a stream; has no effect once it is open. */
  leave(opener: StreamOpener): void {
    this.#waiting.delete(opener);
  }

  /** Takes no further stream, and closes the connection once all have ended. */
  close(): void {
    if (this.closed) return;
    this.#isClosing = true;
    this.#sendGoAway(ErrorCode.NO_ERROR);
    this.#endIfIdle();
  }

  /** Closes the connection, once what was written is sent. Open streams are lost. */
  destroy(): void {
    this.#send();
    this.#socket.destroySoon();
    this.#lose(undefined);
  }

  /** What is written in one turn of the event loop is sent as one. */
  write(bytes: Buffer): void {
    if (this.#output.push(bytes) === 1) process.nextTick(() => this.#send());
  }

  takeWindow(limit: number): number {
    const taken = Math.min(limit, Math.max(this.#window, 0));
    this.#window -= taken;
    return taken;
  }

  forget(stream: Http2Stream): void {
    if (!this.#streams.delete(stream.id)) return;
    this.#admit();
    this.#endIfIdle();
  }

  /** Opens streams for those that wait, as many as the peer takes. */
  #admit(): void {
    for (const opener of this.#waiting) {
      if (!this.closed && this.#streams.size >= this.#maxStreams) return;
      this.#waiting.delete(opener);
      if (this.closed) opener.onLoss({ by: "refusal" });
      else opener.onOpen(this.#openFor(opener));
    }
  }

  #openFor(receiver: StreamReceiver): Http2Stream {
    this.#lastId += 2;
    if (this.#lastId >= MAX_STREAM_ID - 2) this.#isClosing = true;
    const stream = new Http2Stream(this.#lastId, this.#streamWindow, this);
    stream.receiver = receiver;
    this.#streams.set(stream.id, stream);
    return stream;
  }

  #send(): void {
    const output = this.#output;
    this.#output = [];
    const [first] = output;
    if (!first || this.#socket.destroyed || this.#socket.writableEnded) return;
    this.#socket.write(output.length === 1 ? first : Buffer.concat(output));
  }

  #endIfIdle(): void {
    if (!this.#isClosing || this.#streams.size > 0 || this.#isClosed) return;
    // After what was written before.
    process.nextTick(() => this.#socket.end());
  }

  #lose(cause: Error | undefined): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const stream of [...this.#streams.values()]) stream.lose({ by: "connection", cause });
    this.#admit();
    this.#options.onClose?.();
  }

  #receive(chunk: Buffer): void {
    // What was written may still be on its way, whatever the peer sends meanwhile.
    if (this.#isClosed) return;
    this.#reader.push(chunk);
    try {
      if (!this.#hasPreface) {
        const preface = this.#reader.take(PREFACE.length);
        if (!preface) return;
        if (!preface.equals(PREFACE))
          throw new Http2Error(ErrorCode.PROTOCOL_ERROR, "the peer doesn't speak HTTP/2");
        this.#hasPreface = true;
      }
      for (let frame = this.#reader.next(); frame && !this.#isClosed; frame = this.#reader.next())
        this.#handle(frame);
    } catch (error) {
      if (!(error instanceof Http2Error)) throw error;
      this.#sendGoAway(error.code);
      this.#send();
      this.#socket.destroy(error);
    }
  }

  #handle(frame: Frame): void {
    const { type, streamId, payload } = frame;
    if (this.#blocks.isOpen && type !== FrameType.CONTINUATION)
      throw new Http2Error(ErrorCode.PROTOCOL_ERROR, "a block of headers without its end");
    switch (type) {
      case FrameType.DATA:
        this.#onData(frame);
        break;
      case FrameType.HEADERS:
      case FrameType.CONTINUATION:
        this.#onBlock(this.#blocks.push(frame));
        break;
      case FrameType.RST_STREAM:
        this.#onReset(streamId, readUInt32(payload));
        break;
      case FrameType.SETTINGS:
        this.#onSettings(frame);
        break;
      case FrameType.PING:
        this.#onPing(frame);
        break;
      case FrameType.GOAWAY:
        this.#onGoAway(readUInt32(payload) & MAX_STREAM_ID);
        break;
      case FrameType.WINDOW_UPDATE:
        this.#onWindowUpdate(streamId, readUInt32(payload) & MAX_WINDOW);
        break;
      case FrameType.PUSH_PROMISE:
        throw new Http2Error(ErrorCode.PROTOCOL_ERROR, "a push promise without a request");
      default:
      // Priorities, and extensions.
    }
  }

  #onData(frame: Frame): void {
    const { streamId, flags, payload } = frame;
    const stream = this.#streams.get(streamId);
    // A peer may not know yet that this side closes: what it sends then was refused.
    if (!stream && this.#isIdle(streamId) && !this.#isClosing)
      throw new Http2Error(ErrorCode.PROTOCOL_ERROR, "data of a stream that isn't open");
    this.#received += payload.length;
    if (this.#received >= CONNECTION_UPDATE) {
      this.write(encodeUpdate(0, this.#received));
      this.#received = 0;
    }
    stream?.receive(withoutPadding(frame), payload.length);
    if ((flags & Flag.END_STREAM) !== 0) stream?.receiveEnd();
  }

  #onBlock(block: HeaderBlock | undefined): void {
    if (!block) return;
    const { streamId, headers, isLast } = block;
    const stream = this.#streams.get(streamId);
    if (stream) stream.receiver?.onHeaders(headers);
    const opened = stream ?? this.#accept(streamId, headers);
    if (isLast) opened?.receiveEnd();
  }

  /** @returns undefined for a stream that has ended, or that isn't taken. */
  #accept(streamId: number, headers: Headers): Http2Stream | undefined {
    const { onRequest } = this.#options;
    if (!this.#isIdle(streamId)) return undefined;
    if (!onRequest || streamId % 2 === 0)
      throw new Http2Error(ErrorCode.PROTOCOL_ERROR, "headers of a stream that isn't open");
    const stream = new Http2Stream(streamId, this.#streamWindow, this);
    if (this.#isClosing || this.#streams.size >= MAX_STREAMS) {
      if (!this.#isClosing) this.#lastId = streamId;
      stream.reset(ErrorCode.REFUSED_STREAM);
      return undefined;
    }
    this.#lastId = streamId;
    this.#streams.set(streamId, stream);
    stream.receiver = onRequest(stream, headers);
    return stream;
  }

  /** Whether the stream was never open. */
  #isIdle(streamId: number): boolean {
    return streamId > this.#lastId;
  }

  #onReset(streamId: number, code: number): void {
    this.#streams.get(streamId)?.lose({ by: "reset", code });
  }

  #onSettings({ flags, payload }: Frame): void {
    if ((flags & Flag.ACK) !== 0) return;
    for (const [setting, value] of readSettings(payload)) this.#set(setting, value);
    this.write(encodeFrame(FrameType.SETTINGS, Flag.ACK, 0));
    this.#flushStreams();
  }

  #set(setting: number, value: number): void {
    switch (setting) {
      case Setting.MAX_CONCURRENT_STREAMS:
        this.#maxStreams = value;
        this.#admit();
        return;
      case Setting.INITIAL_WINDOW_SIZE:
        if (value > MAX_WINDOW)
          throw new Http2Error(ErrorCode.FLOW_CONTROL_ERROR, "too large a window");
        for (const stream of this.#streams.values()) stream.widen(value - this.#streamWindow);
        this.#streamWindow = value;
        return;
      case Setting.MAX_FRAME_SIZE:
        this.maxPayloadBytes = Math.max(value, MAX_PAYLOAD_BYTES);
        return;
      default:
      // This side keeps no table of headers, and sends few of them.
    }
  }

  #onPing({ flags, payload }: Frame): void {
    if ((flags & Flag.ACK) === 0) this.write(encodeFrame(FrameType.PING, Flag.ACK, 0, payload));
  }

  /** The peer takes no further stream, and has not seen those after the last one. */
  #onGoAway(lastId: number): void {
    this.#isClosing = true;
    if (!this.#options.onRequest) {
      for (const stream of [...this.#streams.values()])
        if (stream.id > lastId) stream.lose({ by: "refusal" });
    }
    this.#admit();
    this.#endIfIdle();
  }

  #onWindowUpdate(streamId: number, bytes: number): void {
    if (streamId === 0) {
      this.#window += bytes;
      if (this.#window > MAX_WINDOW)
        throw new Http2Error(ErrorCode.FLOW_CONTROL_ERROR, "too large a window");
      this.#flushStreams();
      return;
    }
    const stream = this.#streams.get(streamId);
    stream?.widen(bytes);
    stream?.flush();
  }

  #flushStreams(): void {
    for (const stream of [...this.#streams.values()]) stream.flush();
  }

  #sendGoAway(code: number): void {
    this.write(encodeGoAway(this.#options.onRequest ? this.#lastId : 0, code));
  }
}
