import * as v from "valibot";
import type { Data } from "./data.ts";
import { PluginError } from "./errors.ts";
import { Reply } from "./reply.ts";
import type { Request, RequestLease } from "./request.ts";
import { invalidPart } from "./storage.ts";

/** What renew and revoke get. */
export interface SecretContext<I> {
  /** What `issue` was given. */
  readonly internal: I;
  readonly lease: RequestLease;
  readonly request: Request;
  readonly signal: AbortSignal;
}

/** How long a lease lasts from now on. Seconds; 0 is the mount's own default or maximum. */
export interface LeaseTerms {
  readonly ttl: number;
  /** From the issue, not from the renewal. */
  readonly maxTtl: number;
}

export interface SecretOptions<I extends Data> {
  /** Stored in each lease: never change it. */
  readonly type: string;
  /** What is kept in each lease. Leases live long: it must accept what older versions wrote. */
  readonly internal: v.GenericSchema<unknown, I>;
  /** The new terms. The host caps them with the mount's. Throw to refuse. */
  readonly renew: (
    context: SecretContext<I>,
  ) => Promise<LeaseTerms & { readonly warnings?: readonly string[] }>;
  /** Ends the secret; the host tries again after an error. What is gone already must succeed. */
  readonly revoke: (context: SecretContext<I>) => Promise<void>;
}

/** A kind of secret with its types forgotten. */
export interface Secret {
  readonly type: string;
  renew(request: Request, lease: RequestLease, signal: AbortSignal): Promise<Reply>;
  revoke(request: Request, lease: RequestLease, signal: AbortSignal): Promise<void>;
}

export interface TypedSecret<I extends Data> extends Secret {
  /** The answer that hands out a secret with a lease. */
  issue(options: { data: Data; internal: I; terms: LeaseTerms; warnings?: readonly string[] }): Reply;
}

/** The key under which Vault's framework keeps the type in the internal data. */
const TYPE_KEY = "secret_type";

/** A kind of leased secret: how it is handed out, renewed and revoked. */
export function defineSecret<I extends Data>(options: SecretOptions<I>): TypedSecret<I> {
  const context = (request: Request, lease: RequestLease, signal: AbortSignal): SecretContext<I> => {
    const parsed = v.safeParse(options.internal, lease.internal);
    if (!parsed.success) {
      throw new PluginError("corrupt_entry", `the lease can't be read: ${invalidPart(parsed.issues)}`);
    }
    return { internal: parsed.output, lease, request, signal };
  };
  return {
    type: options.type,
    issue: ({ data, internal, terms, warnings = [] }) =>
      new Reply({
        data,
        warnings,
        lease: { ...terms, renewable: true, internal: { ...internal, [TYPE_KEY]: options.type } },
      }),
    async renew(request, lease, signal) {
      const { warnings = [], ...terms } = await options.renew(context(request, lease, signal));
      const { internal, issueTime } = lease;
      return new Reply({ warnings, lease: { ...terms, renewable: true, internal, issueTime } });
    },
    async revoke(request, lease, signal) {
      await options.revoke(context(request, lease, signal));
    },
  };
}

/**
 * The kind of secret that a lease is of.
 *
 * @throws PluginError `internal` if this backend has no such kind.
 */
export function secretOf(secrets: readonly Secret[], lease: RequestLease): Secret {
  const secret = secrets.find(({ type }) => type === lease.internal[TYPE_KEY]);
  if (!secret)
    throw new PluginError("internal", "the lease is of a kind of secret that this plugin doesn't have");
  return secret;
}
