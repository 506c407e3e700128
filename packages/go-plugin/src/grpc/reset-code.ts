import { ErrorCode } from "../http2/error-code.ts";
import { GrpcCode } from "./status.ts";

const CODES: ReadonlyMap<number, GrpcCode> = new Map([
  [ErrorCode.REFUSED_STREAM, GrpcCode.UNAVAILABLE],
  [ErrorCode.CANCEL, GrpcCode.CANCELLED],
  [ErrorCode.ENHANCE_YOUR_CALM, GrpcCode.RESOURCE_EXHAUSTED],
  [ErrorCode.INADEQUATE_SECURITY, GrpcCode.PERMISSION_DENIED],
]);

/**
 * Maps the HTTP/2 error code of a stream that the server resets.
 * https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#errors
 */
export function codeOfReset(code: number): GrpcCode {
  return CODES.get(code) ?? GrpcCode.INTERNAL;
}
