import * as v from "valibot";

/** The schema of the calling token's rights on the tokens of a team or an organization. */
export const permissions = v.optional(
  v.object({ "can-update-api-token": v.optional(v.boolean()) }),
  {},
);
