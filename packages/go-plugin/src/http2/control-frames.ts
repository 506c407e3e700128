import { ErrorCode, Http2Error } from "./error-code.ts";
import { encodeFrame, FrameType } from "./frame.ts";

/** The numbers of settings. RFC 9113, section 6.5.2. */
export const Setting = {
  ENABLE_PUSH: 2,
  MAX_CONCURRENT_STREAMS: 3,
  INITIAL_WINDOW_SIZE: 4,
  MAX_FRAME_SIZE: 5,
  MAX_HEADER_LIST_SIZE: 6,
} as const;

type SettingValue = readonly [setting: number, value: number];

const SETTING_BYTES = 6;

export function encodeSettings(settings: readonly SettingValue[]): Buffer {
  const payload = Buffer.allocUnsafe(settings.length * SETTING_BYTES);
  for (const [index, [setting, value]] of settings.entries()) {
    payload.writeUInt16BE(setting, index * SETTING_BYTES);
    payload.writeUInt32BE(value, index * SETTING_BYTES + 2);
  }
  return encodeFrame(FrameType.SETTINGS, 0, 0, payload);
}

/** @throws Http2Error FRAME_SIZE_ERROR once a setting isn't whole. */
export function* readSettings(payload: Buffer): Generator<SettingValue> {
  for (let offset = 0; offset < payload.length; offset += SETTING_BYTES) {
    requireLength(payload, offset + SETTING_BYTES);
    yield [payload.readUInt16BE(offset), payload.readUInt32BE(offset + 2)];
  }
}

/** The frame that lets the peer of a stream send more. @param streamId 0 is the connection. */
export function encodeUpdate(streamId: number, bytes: number): Buffer {
  return encodeFrame(FrameType.WINDOW_UPDATE, 0, streamId, encodeUInt32s(bytes));
}

/** @param code One of `ErrorCode`. */
export function encodeReset(streamId: number, code: number): Buffer {
  return encodeFrame(FrameType.RST_STREAM, 0, streamId, encodeUInt32s(code));
}

/**
 * @param lastId The last stream of the peer's that was taken.
 * @param code One of `ErrorCode`.
 */
export function encodeGoAway(lastId: number, code: number): Buffer {
  return encodeFrame(FrameType.GOAWAY, 0, 0, encodeUInt32s(lastId, code));
}

function encodeUInt32s(...values: readonly number[]): Buffer {
  const payload = Buffer.allocUnsafe(values.length * 4);
  for (const [index, value] of values.entries()) payload.writeUInt32BE(value, index * 4);
  return payload;
}

/** The first number of a payload. @throws Http2Error FRAME_SIZE_ERROR if there is none. */
export function readUInt32(payload: Buffer): number {
  requireLength(payload, 4);
  return payload.readUInt32BE();
}

function requireLength(payload: Buffer, length: number): void {
  if (payload.length < length)
    throw new Http2Error(ErrorCode.FRAME_SIZE_ERROR, `a payload of ${payload.length} bytes`);
}
