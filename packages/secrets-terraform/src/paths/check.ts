import { definePath, f } from "@vault-ts/vault-plugin";
import type { Engine } from "../engine.ts";
import { type Check, check } from "../knowing/check.ts";
import { roleName } from "../role/role.ts";
import { listRoles } from "../role/role-entry.ts";

const returns = {
  ok: f.bool({ description: "Whether the token works, and all of the roles are ok." }),
  error: f.string({ description: "Why the token can't be used." }),
  token_owner_type: f.string({
    description: "What the token belongs to: user, team or organization.",
  }),
  owner_id: f.string({
    description: "The id of the user or team, or the name of the organization.",
  }),
  token_expired_at: f.time({ description: "When the token expires at Terraform Cloud." }),
  roles: f.map({ description: "By the names of the roles: ok, and the reason where it is false." }),
} as const;

/** The text of the help of both paths. */
const explained = {
  description: `
Asks Terraform Cloud whose the mount's token is, and whether it may manage the tokens of each role's owner. Nothing is created, and
nothing is changed. The status is always 200: what is wrong is in the answer.`,
} as const;

export const checkPath = (engine: Engine) =>
  definePath("check", {
    help: { synopsis: "Checks what the mount's token may do.", ...explained },
    params: {},
    returns,
    operationIds: { read: "terraform-cloud-check" },
    read: async ({ signal }) =>
      shown(await check(engine, await listRoles(engine.mount.storage), signal)),
  });

export const checkRolePath = (engine: Engine) =>
  definePath("check/:name", {
    help: { synopsis: "Checks what the mount's token may do for one role.", ...explained },
    params: { name: roleName },
    returns,
    operationIds: { read: "terraform-cloud-check-role" },
    read: async ({ params, signal }) => shown(await check(engine, [params.name], signal)),
  });

function shown({ ok, error, details, roles }: Check) {
  return {
    ok,
    ...(error !== undefined && { error }),
    ...(details && { token_owner_type: details.token_owner_type, owner_id: details.owner_id }),
    ...(details &&
      details.token_expired_at !== "" && { token_expired_at: new Date(details.token_expired_at) }),
    roles,
  };
}
