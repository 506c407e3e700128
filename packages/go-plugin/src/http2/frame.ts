import { ErrorCode, Http2Error } from "./error-code.ts";

/** The types of frames. RFC 9113, section 6. */
export const FrameType = {
  DATA: 0,
  HEADERS: 1,
  RST_STREAM: 3,
  SETTINGS: 4,
  PUSH_PROMISE: 5,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
  CONTINUATION: 9,
} as const;

export const Flag = {
  END_STREAM: 0x01,
  ACK: 0x01,
  END_HEADERS: 0x04,
  PADDED: 0x08,
  PRIORITY: 0x20,
} as const;

export interface Frame {
  readonly type: number;
  readonly flags: number;
  /** 0 is the connection. */
  readonly streamId: number;
  readonly payload: Buffer;
}

const HEADER_BYTES = 9;

/** The size limit of a frame's payload, if nothing else is agreed. */
export const MAX_PAYLOAD_BYTES = 16 * 1024;

const NOTHING = Buffer.alloc(0);

export function encodeFrame(
  type: number,
  flags: number,
  streamId: number,
  payload: Uint8Array = NOTHING,
): Buffer {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
  frame.writeUIntBE(payload.length, 0, 3);
  frame[3] = type;
  frame[4] = flags;
  frame.writeUInt32BE(streamId, 5);
  frame.set(payload, HEADER_BYTES);
  return frame;
}

/** Splits what a socket receives into frames. */
export class FrameReader {
  #bytes: Buffer = NOTHING;
  #position = 0;

  /** Adds a chunk; then `next` gives the frames that it completes. */
  push(chunk: Buffer): void {
    const rest = this.#bytes.subarray(this.#position);
    this.#bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    this.#position = 0;
  }

  /** Takes as many bytes, if they have arrived. */
  take(length: number): Buffer | undefined {
    const end = this.#position + length;
    if (end > this.#bytes.length) return undefined;
    const taken = this.#bytes.subarray(this.#position, end);
    this.#position = end;
    return taken;
  }

  /** @throws Http2Error FRAME_SIZE_ERROR if the frame is larger than was agreed. */
  next(): Frame | undefined {
    const [bytes, start] = [this.#bytes, this.#position];
    if (start + HEADER_BYTES > bytes.length) return undefined;
    const length = bytes.readUIntBE(start, 3);
    if (length > MAX_PAYLOAD_BYTES)
      throw new Http2Error(ErrorCode.FRAME_SIZE_ERROR, `a frame of ${length} bytes`);
    const end = start + HEADER_BYTES + length;
    if (end > bytes.length) return undefined;
    this.#position = end;
    return {
      type: bytes.readUInt8(start + 3),
      flags: bytes.readUInt8(start + 4),
      streamId: bytes.readUInt32BE(start + 5) & 0x7fffffff,
      payload: bytes.subarray(start + HEADER_BYTES, end),
    };
  }
}

/** The payload of a frame that may be padded. @throws Http2Error PROTOCOL_ERROR. */
export function withoutPadding({ flags, payload }: Frame): Buffer {
  if ((flags & Flag.PADDED) === 0) return payload;
  const end = payload.length - (payload[0] ?? 0);
  if (end < 1) throw new Http2Error(ErrorCode.PROTOCOL_ERROR, "more padding than data");
  return payload.subarray(1, end);
}

/** The block of a frame of headers, without what is said of priorities. */
export function headerBlockOf(frame: Frame): Buffer {
  return withoutPadding(frame).subarray((frame.flags & Flag.PRIORITY) === 0 ? 0 : 5);
}
