import { PluginError } from "../errors.ts";
import type { Data } from "../reply.ts";
import type { Request, RequestLease } from "../request.ts";
import { toSeconds } from "./durations.ts";
import type * as pb from "./gen/pb/backend.ts";

/**
 * A request of the host in the framework's terms.
 *
 * @throws PluginError `internal` if it isn't what a host sends.
 */
export function decodeRequest(request: pb.Request | undefined): Request {
  if (!request) throw new PluginError("internal", "the host sent a call without its request");
  return {
    id: request.id,
    operation: request.operation,
    path: request.path,
    data: decodeData(request.data),
    ...(request.secret && { lease: decodeLease(request.secret) }),
    mountPoint: request.mountPoint,
    mountType: request.mountType,
    mountAccessor: request.mountAccessor,
    displayName: request.displayName,
    entityId: request.entityId,
    clientTokenAccessor: request.clientTokenAccessor,
    headers: new Map([...request.headers].map(([name, { header }]) => [name, header])),
    ...(request.connection && {
      connection: { remoteAddress: request.connection.remoteAddr, remotePort: request.connection.remotePort },
    }),
    ...(request.wrapInfo && { wrapTtl: toSeconds(request.wrapInfo.ttl) }),
  };
}

function decodeLease(secret: pb.Secret): RequestLease {
  return {
    id: secret.leaseId,
    internal: decodeData(secret.internalData),
    issueTime: secret.leaseOptions?.issueTime ?? new Date(0),
    increment: toSeconds(secret.leaseOptions?.increment ?? 0n),
  };
}

/** JSON text of an object; `null` and the empty text are the empty object. */
function decodeData(text: string): Data {
  if (text === "" || text === "null") return {};
  const data: unknown = parseJson(text);
  if (typeof data !== "object" || data === null || Array.isArray(data)) {
    throw new PluginError("internal", "the host sent data that isn't a JSON object");
  }
  return data as Data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message repeats the text, which may hold a secret.
    return undefined;
  }
}
