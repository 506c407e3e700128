import { PluginError } from "../errors.ts";
import type { Request, RequestLease } from "../request.ts";
import { decodeData } from "./data.ts";
import { decodeTime, toSeconds } from "./durations.ts";
import type * as pb from "./gen/pb/backend.ts";
import { decodeLogin } from "./login.ts";

/**
 * Decodes a request of the host.
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
    ...(request.auth && { login: decodeLogin(request.auth) }),
    mountPoint: request.mountPoint,
    mountType: request.mountType,
    mountAccessor: request.mountAccessor,
    displayName: request.displayName,
    entityId: request.entityId,
    clientTokenAccessor: request.clientTokenAccessor,
    headers: new Map([...request.headers].map(([name, { header }]) => [name, header])),
    ...(request.connection && {
      connection: {
        remoteAddress: request.connection.remoteAddr,
        remotePort: request.connection.remotePort,
      },
    }),
    ...(request.wrapInfo && { wrapTtl: toSeconds(request.wrapInfo.ttl) }),
  };
}

function decodeLease(secret: pb.Secret): RequestLease {
  return {
    id: secret.leaseId,
    internal: decodeData(secret.internalData),
    issueTime: decodeTime(secret.leaseOptions?.issueTime),
    increment: toSeconds(secret.leaseOptions?.increment ?? 0n),
  };
}
