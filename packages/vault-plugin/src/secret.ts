import * as v from "valibot";
import type { Data } from "./data.ts";
import { PluginError } from "./errors.ts";
import { Reply } from "./reply.ts";
import type { Request, RequestLease } from "./request.ts";
import { invalidPart } from "./storage.ts";

/** The argument of `renew` and `revoke`. */
export interface SecretContext<I> {
  /** The data given to `issue`. */
  readonly internal: I;
  readonly lease: RequestLease;
  readonly request: Request;
  readonly signal: AbortSignal;
}

/** The terms of a lease from now on, in seconds; 0 is the mount's default or maximum. */
export interface LeaseTerms {
  readonly ttl: number;
  /** Counts from the issue, not from the renewal. */
  readonly maxTtl: number;
}

export interface SecretOptions<I extends Data> {
  /** Stored in each lease: never change it. */
  readonly type: string;
  /** The schema of each lease's data. It must accept what older versions stored. */
  readonly internal: v.GenericSchema<unknown, I>;
  /** Returns the new terms, which the host caps with the mount's. Throw to reject the renewal. */
  readonly renew: (
    context: SecretContext<I>,
  ) => Promise<LeaseTerms & { readonly warnings?: readonly string[] }>;
  /**
   * Revokes the secret. It must succeed for one that no longer exists. The host retries it after an
   * error.
   */
  readonly revoke: (context: SecretContext<I>) => Promise<void>;
}

/** A kind of secret without its type parameters. */
export interface Secret {
  readonly type: string;
  renew(request: Request, lease: RequestLease, signal: AbortSignal): Promise<Reply>;
  revoke(request: Request, lease: RequestLease, signal: AbortSignal): Promise<void>;
}

export interface TypedSecret<I extends Data> extends Secret {
  /** Creates the reply that issues a secret with a lease. */
  issue(options: {
    data: Data;
    internal: I;
    terms: LeaseTerms;
    warnings?: readonly string[];
  }): Reply;
}

/** The key of the secret's type in the internal data, as in Vault's framework. */
const TYPE_KEY = "secret_type";

/** Defines a kind of leased secret: how it is issued, renewed and revoked. */
export function defineSecret<I extends Data>(options: SecretOptions<I>): TypedSecret<I> {
  const context = (
    request: Request,
    lease: RequestLease,
    signal: AbortSignal,
  ): SecretContext<I> => {
    const parsed = v.safeParse(options.internal, lease.internal);
    if (!parsed.success) {
      throw new PluginError(
        "corrupt_entry",
        `the lease can't be read: ${invalidPart(parsed.issues)}`,
      );
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
 * Returns the kind of a lease's secret.
 *
 * @throws PluginError `internal` if this backend has no such kind.
 */
export function secretOf(secrets: readonly Secret[], lease: RequestLease): Secret {
  const secret = secrets.find(({ type }) => type === lease.internal[TYPE_KEY]);
  if (!secret)
    throw new PluginError("internal", "the lease has a secret type that this plugin doesn't have");
  return secret;
}
