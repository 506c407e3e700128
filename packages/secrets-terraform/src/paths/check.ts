import { definePath, f } from "@vault-ts/vault-plugin";
import { type Check, check } from "../diagnostics/check.ts";
import type { Engine } from "../engine.ts";
import { roleName } from "../role/role.ts";
import { listRoles } from "../role/role-entry.ts";

const returns = {
  ok: f.bool({ description: "Whether the token works, and each role is ok." }),
  error: f.string({ description: "Why the token can't be used." }),
  token_owner_type: f.string({
    description: "Type of the token's owner: user, team or organization.",
  }),
  owner_id: f.string({
    description: "ID of the user or team, or name of the organization.",
  }),
  token_expired_at: f.time({ description: "When the token expires at Terraform Cloud." }),
  roles: f.map({ description: "For each role, by its name: ok, and the reason if it is false." }),
} as const;

/** The text of the help of both paths. */
const explained = {
  description: `
Asks Terraform Cloud for the owner of the mount's token, and whether the token has permission to
manage the tokens of each role's owner. Nothing is created or changed. The status is 200 even if a
check fails: the response has the reason.`,
} as const;

export const checkPath = (engine: Engine) =>
  definePath("check", {
    help: { synopsis: "Checks the permissions of the mount's token for all roles.", ...explained },
    params: {},
    returns,
    operationIds: { read: "terraform-cloud-check" },
    read: async ({ signal }) =>
      checkReply(await check(engine, await listRoles(engine.mount.storage), signal)),
  });

export const checkRolePath = (engine: Engine) =>
  definePath("check/:name", {
    help: { synopsis: "Checks the permissions of the mount's token for one role.", ...explained },
    params: { name: roleName },
    returns,
    operationIds: { read: "terraform-cloud-check-role" },
    read: async ({ params, signal }) => checkReply(await check(engine, [params.name], signal)),
  });

function checkReply({ ok, error, details, roles }: Check) {
  return {
    ok,
    ...(error !== undefined && { error }),
    ...(details && { token_owner_type: details.token_owner_type, owner_id: details.owner_id }),
    ...(details &&
      details.token_expired_at !== "" && { token_expired_at: new Date(details.token_expired_at) }),
    roles,
  };
}
