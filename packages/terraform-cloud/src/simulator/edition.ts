/** Which Terraform Cloud it is: they differ in what they have. */
export type Edition =
  /** HCP Terraform. */
  | "hcp"
  /** HCP Terraform in Europe: no call tells of a team. */
  | "europe"
  /** A Terraform Enterprise of today. */
  | "enterprise"
  /** One of before 2023: a team has one token, and nobody is told whose the calling token is. */
  | "old-enterprise";

const MISSING: { readonly [E in Edition]: readonly RegExp[] } = {
  hcp: [],
  europe: [/^teams\/[^/]+$/],
  enterprise: [],
  "old-enterprise": [
    /^teams\/[^/]+\/authentication-tokens$/,
    /^organizations\/[^/]+\/team-tokens$/,
    /^organizations\/[^/]+\/token-ttl-policies$/,
  ],
};

/** Whether an edition has a path, below the base path. */
export function hasPath(edition: Edition, path: string): boolean {
  return !MISSING[edition].some((pattern) => pattern.test(path));
}

/** What it calls itself. */
export function appName(edition: Edition): string {
  return edition.endsWith("enterprise") ? "Terraform Enterprise" : "HCP Terraform";
}
