import type { Lease, Reply } from "../reply.ts";
import { toNanoseconds } from "./durations.ts";
import { Response, type Secret } from "./gen/pb/backend.ts";

/** A reply as the host takes it. Data and internal data are JSON text, `null` where there is none. */
export function encodeReply(reply: Reply): Response {
  return Response.create({
    data: JSON.stringify(reply.data ?? null),
    warnings: [...reply.warnings],
    ...(reply.lease && { secret: encodeLease(reply.lease) }),
  });
}

/** The answer that tells of a user's mistake: a host answers it with 400. */
export function encodeErrorReply(message: string): Response {
  return Response.create({ data: JSON.stringify({ error: message }) });
}

function encodeLease(lease: Lease): Secret {
  return {
    leaseId: "",
    internalData: JSON.stringify(lease.internal),
    leaseOptions: {
      ttl: toNanoseconds(lease.ttl),
      maxTtl: toNanoseconds(lease.maxTtl),
      renewable: lease.renewable,
      increment: 0n,
      issueTime: lease.issueTime ?? new Date(),
    },
  };
}
