import * as v from "valibot";

/** What the calling token may do with a team or an organization, as far as tokens are concerned. */
export const permissions = v.optional(v.object({ "can-update-api-token": v.optional(v.boolean()) }), {});
