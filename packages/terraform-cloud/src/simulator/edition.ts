/** The editions of Terraform Cloud, which differ in their features. */
export type Edition =
  /** HCP Terraform. */
  | "hcp"
  /** HCP Terraform in Europe, which has no teams. */
  | "europe"
  /** A current Terraform Enterprise. */
  | "enterprise"
  /** One from before 2023: a team has a single token, and account details don't name the owner. */
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

/** Whether an edition has a path below the base path. */
export function hasPath(edition: Edition, path: string): boolean {
  return !MISSING[edition].some((pattern) => pattern.test(path));
}

/** Whether an edition has audit trails tokens; one without ignores the query for them. */
export function hasAuditTrailsTokens(edition: Edition): boolean {
  return !edition.endsWith("enterprise");
}

/** Its `TFP-AppName`; old editions have none. */
export function appName(edition: Edition): string | undefined {
  if (edition === "old-enterprise") return undefined;
  return edition === "enterprise" ? "Terraform Enterprise" : "HCP Terraform";
}
