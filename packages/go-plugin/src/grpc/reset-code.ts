import { constants } from "node:http2";
import { GrpcCode } from "./status.ts";

const CODES: ReadonlyMap<number, GrpcCode> = new Map([
  [constants.NGHTTP2_REFUSED_STREAM, GrpcCode.UNAVAILABLE],
  [constants.NGHTTP2_CANCEL, GrpcCode.CANCELLED],
  [constants.NGHTTP2_ENHANCE_YOUR_CALM, GrpcCode.RESOURCE_EXHAUSTED],
  [constants.NGHTTP2_INADEQUATE_SECURITY, GrpcCode.PERMISSION_DENIED],
]);

/**
 * Maps the HTTP/2 error code of a stream that the server resets.
 * https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#errors
 */
export function codeOfReset(code: number): GrpcCode {
  return CODES.get(code) ?? GrpcCode.INTERNAL;
}
