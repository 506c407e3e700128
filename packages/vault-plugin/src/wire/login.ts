import type { Login, LoginTerms } from "../login.ts";
import { toRevealedJson } from "../redacted.ts";
import type { RequestLogin } from "../request.ts";
import { decodeData } from "./data.ts";
import { decodeTime, toNanoseconds, toSeconds } from "./durations.ts";
import type { Auth } from "./gen/pb/backend.ts";

/** The protocol's numbers of kinds of token; 0 is as the mount is tuned. */
const TOKEN_TYPES = { service: 1, batch: 2 } as const;

/** Returns a login in the protocol's form. Fields that only the host knows are empty. */
export function encodeLogin(login: Login): Auth {
  const { alias, policies, terms, internal = {}, groups = [], metadata = {} } = login;
  return {
    ...encodeTerms(terms, login.renewable ?? true, undefined),
    internalData: toRevealedJson(internal),
    displayName: login.displayName ?? "",
    policies: [...policies],
    metadata: new Map(Object.entries(metadata)),
    clientToken: "",
    accessor: "",
    numUses: BigInt(login.numUses ?? 0),
    entityId: "",
    alias: encodeAlias(alias.name, alias.metadata),
    groupAliases: groups.map((name) => encodeAlias(name)),
    boundCidrs: [...(login.boundCidrs ?? [])],
    tokenPolicies: [],
    identityPolicies: [],
    tokenType: login.tokenType ? TOKEN_TYPES[login.tokenType] : 0,
    noDefaultPolicy: login.noDefaultPolicy ?? false,
  };
}

/** A login that is renewed: as the host sent it, with new terms. */
export function encodeRenewedLogin(terms: LoginTerms, sent: Auth): Auth {
  return {
    ...sent,
    ...encodeTerms(terms, sent.leaseOptions?.renewable ?? true, sent.leaseOptions?.issueTime),
  };
}

export function decodeLogin(auth: Auth): RequestLogin {
  const { alias, leaseOptions } = auth;
  return {
    alias: { name: alias?.name ?? "", metadata: Object.fromEntries(alias?.metadata ?? []) },
    policies: auth.tokenPolicies.length > 0 ? auth.tokenPolicies : auth.policies,
    displayName: auth.displayName,
    metadata: Object.fromEntries(auth.metadata),
    internal: decodeData(auth.internalData),
    entityId: auth.entityId,
    period: toSeconds(auth.period),
    explicitMaxTtl: toSeconds(auth.explicitMaxTtl),
    issueTime: decodeTime(leaseOptions?.issueTime),
    increment: toSeconds(leaseOptions?.increment ?? 0n),
  };
}

function encodeTerms(terms: LoginTerms, renewable: boolean, issueTime: Date | undefined) {
  return {
    leaseOptions: {
      ttl: toNanoseconds(terms.ttl),
      maxTtl: toNanoseconds(terms.maxTtl),
      renewable,
      increment: 0n,
      issueTime: issueTime ?? new Date(),
    },
    period: toNanoseconds(terms.period ?? 0),
    explicitMaxTtl: toNanoseconds(terms.explicitMaxTtl ?? 0),
  };
}

function encodeAlias(name: string, metadata: Readonly<Record<string, string>> = {}) {
  return {
    name,
    metadata: new Map(Object.entries(metadata)),
    mountType: "",
    mountAccessor: "",
    id: "",
    namespaceId: "",
    customMetadata: new Map<string, string>(),
    local: false,
  };
}
