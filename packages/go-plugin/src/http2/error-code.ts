/** The error codes of HTTP/2, for a stream or a connection. RFC 9113, section 7. */
export const ErrorCode = {
  NO_ERROR: 0,
  PROTOCOL_ERROR: 1,
  INTERNAL_ERROR: 2,
  FLOW_CONTROL_ERROR: 3,
  STREAM_CLOSED: 5,
  FRAME_SIZE_ERROR: 6,
  REFUSED_STREAM: 7,
  CANCEL: 8,
  COMPRESSION_ERROR: 9,
  ENHANCE_YOUR_CALM: 11,
  INADEQUATE_SECURITY: 12,
} as const;

/** The peer has broken the protocol: the connection can't go on. */
export class Http2Error extends Error {
  override readonly name = "Http2Error";
  readonly code: number;

  /** @param code One of `ErrorCode`. */
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}
