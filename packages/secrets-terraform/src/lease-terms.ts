/** All that bounds the lease of a token. Seconds; 0 is "not set", but for the mount's two, which are always set. */
export interface LeaseBounds {
  readonly roleTtl: number;
  readonly roleMaxTtl: number;
  readonly mountDefaultTtl: number;
  readonly mountMaxTtl: number;
  /** The configuration's own limit. */
  readonly explicitMaxTtl: number;
  /** Seconds from the lease's start to the token's expiry at Terraform Cloud. */
  readonly tokenLifetime?: number;
}

export interface Terms {
  /** Seconds from now. */
  readonly ttl: number;
  /** Seconds from the lease's start. */
  readonly maxTtl: number;
}

/** How long a lease may last, and the longest that renewals can ever make it last: whole seconds. */
export function leaseTerms(bounds: LeaseBounds): Terms {
  const limits = [bounds.roleMaxTtl, bounds.mountMaxTtl, bounds.explicitMaxTtl].filter((limit) => limit > 0);
  const maxTtl = Math.floor(Math.min(...limits, bounds.tokenLifetime ?? Number.POSITIVE_INFINITY));
  return { ttl: Math.min(bounds.roleTtl || bounds.mountDefaultTtl, maxTtl), maxTtl };
}
