import * as v from "valibot";

/**
 * The schema of the calling token's rights on the tokens of a team or an organization. What isn't
 * true or false counts as absent.
 */
export const permissions = v.optional(
  v.object({ "can-update-api-token": v.fallback(v.optional(v.boolean()), undefined) }),
  {},
);
