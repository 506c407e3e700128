import type { Data, Lease, Reply } from "../reply.ts";
import { toNanoseconds } from "./durations.ts";
import type { Response, Secret } from "./gen/pb/backend.ts";

/** A reply as the host takes it. */
export function encodeReply({ data, warnings, lease }: Reply): Response {
  return { ...encodeData(data), warnings: [...warnings], secret: lease && encodeLease(lease) };
}

/** The answer that tells of a user's mistake: a host answers it with 400. */
export function encodeErrorReply(message: string): Response {
  return encodeData({ error: message });
}

/** Data is JSON text, `null` where there is none. */
function encodeData(data: Data | undefined): Response {
  return {
    data: JSON.stringify(data ?? null),
    secret: undefined,
    auth: undefined,
    redirect: "",
    warnings: [],
    wrapInfo: undefined,
    headers: new Map(),
    mountType: "",
  };
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
