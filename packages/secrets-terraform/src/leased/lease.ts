import * as v from "valibot";

/** What the host keeps with the lease of a token. HashiCorp's engine keeps `token_id` and `role`, or the owner where it is older. */
export const leaseData = v.object({
  token_id: v.string(),
  role: v.optional(v.string(), ""),
  /** Under which its entry is stored. */
  tag: v.optional(v.string(), ""),
  user_id: v.optional(v.string(), ""),
  team_id: v.optional(v.string(), ""),
  organization: v.optional(v.string(), ""),
  /** Where the token was created. */
  address: v.optional(v.string(), ""),
  /** When the token expires, ISO 8601: by Terraform Cloud's clock if `lifetime` is there, else by this server's. */
  expired_at: v.optional(v.pipe(v.string(), v.isoTimestamp())),
  /** Seconds from the lease's start to the token's expiry. */
  lifetime: v.optional(v.number()),
});

export type LeaseData = v.InferOutput<typeof leaseData>;
