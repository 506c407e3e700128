import { GrpcCode, GrpcError } from "./status.ts";

/**
 * Length-prefixed messages, as gRPC puts them into an HTTP/2 body: one byte that says "compressed",
 * four of length, the message.
 * https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */

const HEADER_BYTES = 5;

/** The size limit of messages: a host sends requests of at most 32 MiB. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

export function encodeFrame(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, HEADER_BYTES);
  return frame;
}

/** Parses messages from the chunks of a body, of any size. Unusable after it has thrown. */
export class FrameParser {
  readonly #maxBytes: number;
  #chunks: Buffer[] = [];
  #buffered = 0;

  constructor(maxBytes: number = MAX_MESSAGE_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Returns the messages that this chunk completes.
   *
   * @throws GrpcError UNIMPLEMENTED for a compressed message; RESOURCE_EXHAUSTED for one that is
   * too large, before it is buffered.
   */
  push(chunk: Buffer): Buffer[] {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    const messages: Buffer[] = [];
    for (let message = this.#next(); message; message = this.#next()) messages.push(message);
    return messages;
  }

  /** Returns the first message once it is complete. */
  #next(): Buffer | undefined {
    if (this.#buffered < HEADER_BYTES) return undefined;
    const end = HEADER_BYTES + this.#nextLength();
    if (this.#buffered < end) return undefined;
    const bytes = this.#join();
    this.#chunks = bytes.length > end ? [bytes.subarray(end)] : [];
    this.#buffered -= end;
    return bytes.subarray(HEADER_BYTES, end);
  }

  #nextLength(): number {
    const [first] = this.#chunks;
    const header = first && first.length >= HEADER_BYTES ? first : this.#join();
    if (header[0] !== 0)
      throw new GrpcError(GrpcCode.UNIMPLEMENTED, "compressed messages are not supported");
    const length = header.readUInt32BE(1);
    if (length <= this.#maxBytes) return length;
    throw new GrpcError(
      GrpcCode.RESOURCE_EXHAUSTED,
      `a message of ${length} bytes exceeds the limit of ${this.#maxBytes} bytes`,
    );
  }

  #join(): Buffer {
    const [only, ...more] = this.#chunks;
    const joined = only && more.length === 0 ? only : Buffer.concat(this.#chunks, this.#buffered);
    this.#chunks = [joined];
    return joined;
  }
}
