import { ErrorCode, Http2Error } from "./error-code.ts";
import { Flag, type Frame, FrameType, headerBlockOf } from "./frame.ts";
import { type Headers, HpackDecoder, MAX_HEADER_BYTES } from "./hpack.ts";

/** The headers of a stream: of a request or a response, or trailers. */
export interface HeaderBlock {
  readonly streamId: number;
  readonly headers: Headers;
  /** Whether the peer has sent all of the stream. */
  readonly isLast: boolean;
}

/** Puts the blocks of headers together that a peer sends, and decodes them. */
export class HeaderBlocks {
  readonly #hpack = new HpackDecoder();
  /** The block that continues in the next frame; the flags are those of its first one. */
  #begun: Pick<Frame, "streamId" | "flags" | "payload"> | undefined;

  /** Whether the next frame has to continue a block. */
  get isOpen(): boolean {
    return this.#begun !== undefined;
  }

  /**
   * Adds a frame of type HEADERS or CONTINUATION. Each block is decoded, also if nobody wants it:
   * later ones refer to what it has.
   *
   * @returns the block that it completes.
   * @throws Http2Error PROTOCOL_ERROR, COMPRESSION_ERROR or ENHANCE_YOUR_CALM.
   */
  push(frame: Frame): HeaderBlock | undefined {
    const { streamId } = frame;
    const { flags, payload } = this.#joined(frame);
    if (payload.length > MAX_HEADER_BYTES)
      throw new Http2Error(ErrorCode.ENHANCE_YOUR_CALM, "too many headers");
    this.#begun = undefined;
    if ((frame.flags & Flag.END_HEADERS) === 0) {
      this.#begun = { streamId, flags, payload };
      return undefined;
    }
    const headers = this.#hpack.decode(payload);
    return { streamId, headers, isLast: (flags & Flag.END_STREAM) !== 0 };
  }

  #joined(frame: Frame): Pick<Frame, "flags" | "payload"> {
    if (frame.type === FrameType.HEADERS)
      return { flags: frame.flags, payload: headerBlockOf(frame) };
    const begun = this.#begun;
    if (begun?.streamId !== frame.streamId)
      throw new Http2Error(ErrorCode.PROTOCOL_ERROR, "headers that continue none");
    return { flags: begun.flags, payload: Buffer.concat([begun.payload, frame.payload]) };
  }
}
