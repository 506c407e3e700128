import { inspect } from "node:util";

/**
 * The codes of gRPC, by their names in the specification. https://grpc.io/docs/guides/status-codes
 */
export const GrpcCode = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;
export type GrpcCode = (typeof GrpcCode)[keyof typeof GrpcCode];

const KNOWN: ReadonlySet<number> = new Set(Object.values(GrpcCode));

/** Returns a number as a code; UNKNOWN if it isn't one. */
export function toGrpcCode(code: number): GrpcCode {
  return KNOWN.has(code) ? (code as GrpcCode) : GrpcCode.UNKNOWN;
}

/** A call that failed: the one error class of the package. */
export class GrpcError extends Error {
  override readonly name = "GrpcError";
  readonly code: GrpcCode;

  constructor(code: GrpcCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /**
   * Returns any thrown value as a `GrpcError`: itself, or `INTERNAL` with the value as its cause.
   */
  static from(error: unknown): GrpcError {
    if (error instanceof GrpcError) return error;
    return new GrpcError(GrpcCode.INTERNAL, messageOf(error), { cause: error });
  }
}

function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  // Some values that can be thrown can't be converted to a string.
  return typeof error === "string" ? error : inspect(error);
}
