/**
 * All that bounds the lease of a token. Seconds; 0 is "not set", but for the mount's two, which are
 * always set.
 */
export interface LeaseBounds {
  /** What the reader of creds asked for. */
  readonly requestedTtl?: number;
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

/** The limits, with the words for each, as a warning names them. */
function limitsOf(bounds: LeaseBounds): readonly (readonly [name: string, seconds: number])[] {
  const { roleMaxTtl, mountMaxTtl, explicitMaxTtl, tokenLifetime } = bounds;
  const settings = [
    ["the role's max_ttl", roleMaxTtl],
    ["explicit_max_ttl of config", explicitMaxTtl],
    ["the mount's maximum", mountMaxTtl],
  ] as const;
  const set = settings.filter(([, seconds]) => seconds > 0);
  return tokenLifetime === undefined
    ? set
    : [...set, ["the token's expiry at Terraform Cloud", Math.max(0, Math.floor(tokenLifetime))]];
}

/**
 * How long a lease may last, and the longest that renewals can ever make it last: whole seconds.
 */
export function leaseTerms(bounds: LeaseBounds): Terms {
  const maxTtl = Math.min(...limitsOf(bounds).map(([, seconds]) => seconds));
  const wanted = bounds.requestedTtl || bounds.roleTtl || bounds.mountDefaultTtl;
  return { ttl: Math.min(wanted, maxTtl), maxTtl };
}

/**
 * What a user should know of a ttl that was asked for, or of a role's ttl or max_ttl, that the
 * other limits cut short.
 */
export function leaseWarnings(bounds: LeaseBounds): readonly string[] {
  const { ttl, maxTtl } = leaseTerms(bounds);
  const [limit = ""] = limitsOf(bounds).find(([, seconds]) => seconds === maxTtl) ?? [];
  const { requestedTtl = 0 } = bounds;
  if (requestedTtl > ttl) {
    const [asked, given] = [`${requestedTtl}s`, `${ttl}s`];
    return [`ttl ${asked} exceeds ${limit}; capped at ${given}`];
  }
  if (requestedTtl > 0) return [];
  if (bounds.roleTtl > ttl) {
    return [`the role's ttl ${bounds.roleTtl}s exceeds ${limit}; leases are capped at ${ttl}s`];
  }
  if (bounds.roleMaxTtl > maxTtl) {
    return [
      `the role's max_ttl ${bounds.roleMaxTtl}s exceeds ${limit}; leases are capped at ${maxTtl}s`,
    ];
  }
  return [];
}
