import * as v from "valibot";
import { LEASED_TYPES } from "../kinds/index.ts";
import { targetSchemas } from "../kinds/target-schema.ts";

/**
 * What the host keeps with the lease of a token. HashiCorp's engine keeps `token_id` and `role`.
 */
export const leaseData = v.object({
  token_id: v.string(),
  role: v.optional(v.string(), ""),
  /** Under which its entry is stored. */
  tag: v.optional(v.string(), ""),
  /** The user whose token it is, where version 0.1.0 issued it. */
  user_id: v.optional(v.string()),
  /**
   * Whose token it is. Apart from the rest: of a lease that names team_id or organization,
   * HashiCorp's engine deletes the one token that the team or organization has.
   */
  owner: v.optional(v.object({ kind: v.picklist(LEASED_TYPES), ...targetSchemas })),
  /** Seconds that were asked for, and that renewals follow; 0 for the role's. */
  ttl: v.optional(v.number(), 0),
  /** Where the token was created. */
  address: v.optional(v.string(), ""),
  /**
   * When the token expires, ISO 8601: by Terraform Cloud's clock if `lifetime` is there, else by
   * this server's.
   */
  expired_at: v.optional(v.pipe(v.string(), v.isoTimestamp())),
  /** Seconds from the lease's start to the token's expiry. */
  lifetime: v.optional(v.number()),
});

export type LeaseData = v.InferOutput<typeof leaseData>;
