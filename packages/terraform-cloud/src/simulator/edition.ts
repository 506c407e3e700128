/** Which Terraform Cloud it is: they differ in what they have. */
export type Edition =
  /** HCP Terraform. */
  | "hcp"
  /** HCP Terraform in Europe: no call tells of teams. */
  | "europe"
  /** A Terraform Enterprise of today. */
  | "enterprise"
  /** One of before 2023: a team has one token, and nobody is told whose the calling token is. */
  | "old-enterprise";

const METRICS_TOKENS = /^organizations\/[^/]+\/metrics-tokens/;

const MISSING: { readonly [E in Edition]: readonly RegExp[] } = {
  hcp: [],
  europe: [/^teams\/[^/]+$/, /^organizations\/[^/]+\/teams$/],
  enterprise: [METRICS_TOKENS],
  "old-enterprise": [
    /^teams\/[^/]+\/authentication-tokens$/,
    /^organizations\/[^/]+\/team-tokens$/,
    /^organizations\/[^/]+\/token-ttl-policies$/,
    METRICS_TOKENS,
  ],
};

/** Whether an edition has a path, below the base path. */
export function hasPath(edition: Edition, path: string): boolean {
  return !MISSING[edition].some((pattern) => pattern.test(path));
}

/** Whether an edition knows the audit trails tokens of organizations; one that doesn't ignores that they are asked for. */
export function hasAuditTrailsTokens(edition: Edition): boolean {
  return !edition.endsWith("enterprise");
}

/** What it calls itself; old ones don't. */
export function appName(edition: Edition): string | undefined {
  if (edition === "old-enterprise") return undefined;
  return edition === "enterprise" ? "Terraform Enterprise" : "HCP Terraform";
}
