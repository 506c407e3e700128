import { PluginError, type PluginErrorCode } from "../errors.ts";
import type { ProtoError } from "./gen/pb/backend.ts";

/**
 * The protocol's kinds of error that this plugin sends, and `coded`, whose number is an HTTP
 * status.
 */
const TYPE = {
  unknown: 0,
  user: 1,
  internal: 2,
  coded: 3,
  badRequest: 4,
  unsupportedOperation: 5,
  unsupportedPath: 6,
  permissionDenied: 8,
} as const;

const WIRE: {
  readonly [C in PluginErrorCode]: { readonly errType: number; readonly errCode?: bigint };
} = {
  bad_request: { errType: TYPE.badRequest },
  not_found: { errType: TYPE.coded, errCode: 404n },
  unsupported_path: { errType: TYPE.unsupportedPath },
  unsupported_operation: { errType: TYPE.unsupportedOperation },
  permission_denied: { errType: TYPE.permissionDenied },
  read_only: { errType: TYPE.unknown },
  conflict: { errType: TYPE.coded, errCode: 409n },
  upstream: { errType: TYPE.coded, errCode: 502n },
  upstream_timeout: { errType: TYPE.coded, errCode: 504n },
  canceled: { errType: TYPE.coded, errCode: 499n },
  corrupt_entry: { errType: TYPE.internal },
  internal: { errType: TYPE.internal },
};

/** The message by which a host knows that it has to forward a request. */
const READ_ONLY_TEXT = "cannot write to readonly storage";

export function encodeError(error: PluginError): ProtoError {
  const errMsg = error.code === "read_only" ? READ_ONLY_TEXT : error.message;
  return { errMsg, errCode: 0n, ...WIRE[error.code] };
}

/**
 * Encodes an error of an existence check. A host reports only this type of a user's mistake to the
 * client: any other is a 500.
 */
export function encodeCheckError(error: PluginError): ProtoError {
  const encoded = encodeError(error);
  return error.code === "bad_request" ? { ...encoded, errType: TYPE.user } : encoded;
}

/** A host's message for a transaction that conflicts with another write. */
const CONFLICT_TEXT = "transaction commit failed";

/** Returns the error for a message of a host's service. */
export function decodeHostError(service: string, text: string): PluginError {
  if (text.includes(READ_ONLY_TEXT))
    return new PluginError("read_only", `the host's ${service} failed: ${text}`);
  // The rest of the message repeats what is stored.
  if (text.includes(CONFLICT_TEXT)) {
    return new PluginError(
      "conflict",
      `the host's ${service} failed: another write came first; nothing was changed`,
    );
  }
  return new PluginError("internal", `the host's ${service} failed: ${text}`);
}
