import type { Data } from "../data.ts";
import { toRevealedJson } from "../redacted.ts";
import type { Lease, Reply } from "../reply.ts";
import { toNanoseconds } from "./durations.ts";
import type { Auth, Response, ResponseWrapInfo, Secret } from "./gen/pb/backend.ts";
import { encodeLogin, encodeRenewedLogin } from "./login.ts";

/**
 * Returns a reply in the protocol's form.
 *
 * @param renewed The login that the request was to renew.
 */
export function encodeReply(reply: Reply, renewed?: Auth): Response {
  const { data, warnings, lease, login, loginTerms, headers, wrapTtl, redirect } = reply;
  return {
    ...encodeData(data),
    warnings: [...warnings],
    secret: lease && encodeLease(lease),
    auth:
      loginTerms && renewed ? encodeRenewedLogin(loginTerms, renewed) : login && encodeLogin(login),
    headers: new Map(
      Object.entries(headers).map(([name, header]) => [name, { header: [...header] }]),
    ),
    redirect: redirect ?? "",
    wrapInfo: wrapTtl === undefined ? undefined : encodeWrapping(wrapTtl),
  };
}

/** Returns the response for a user's mistake: a host sends it with 400. */
export function encodeErrorReply(message: string): Response {
  return encodeData({ error: message });
}

/** Data is JSON, `null` if there is none. */
function encodeData(data: Data | undefined): Response {
  return {
    data: toRevealedJson(data ?? null),
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
    internalData: toRevealedJson(lease.internal),
    leaseOptions: {
      ttl: toNanoseconds(lease.ttl),
      maxTtl: toNanoseconds(lease.maxTtl),
      renewable: lease.renewable,
      increment: 0n,
      issueTime: lease.issueTime ?? new Date(),
    },
  };
}

/**
 * The wrapping that a plugin asks for. The host sets the rest itself, the time of creation too; but
 * Vault rejects the whole reply if that time is absent, where OpenBao reads it as 1970.
 */
function encodeWrapping(ttl: number): ResponseWrapInfo {
  return {
    ttl: toNanoseconds(ttl),
    token: "",
    accessor: "",
    creationTime: new Date(),
    wrappedAccessor: "",
    wrappedEntityId: "",
    format: "",
    creationPath: "",
    sealWrap: false,
  };
}
