import { definePath, f, type HandlerContext, reply, requireActiveNode } from "@vault-ts/vault-plugin";
import type { Engine } from "../engine.ts";
import { expiryWarning } from "../expiry-warning.ts";
import { type Role, requireRole, roleName } from "../role.ts";
import type { StoredToken } from "../tokens/stored-token.ts";
import { storedTokenOwner } from "../tokens/token-owner.ts";

export const credsPath = ({ mount, leasedTokens, roles }: Engine) => {
  const handOut = async ({
    params,
    signal,
  }: HandlerContext<{ name: typeof roleName }, Record<never, never>>) => {
    const role = await requireRole(mount.storage, params.name);
    const owner = storedTokenOwner(role);
    if (owner) {
      const { stored, warnings } = await roles.storedToken(role, owner, signal);
      const remedy = `write to rotate-role/${role.name}`;
      const expiry = expiryWarning("this token", stored.expired_at, mount.clock.now(), remedy);
      return reply({ data: shown(role, stored), warnings: [...warnings, ...expiry] });
    }
    await requireActiveNode(mount);
    return await leasedTokens.issue(role, signal);
  };

  return definePath("creds/:name", {
    help: {
      synopsis: "Hands out a Terraform Cloud API token.",
      description: `
For a role of type user or team: a new token, with a lease. The token ends when the lease is revoked or
expires, and expires at Terraform Cloud too, at the latest moment that the lease can be renewed to.

For a role of type organization or team_legacy: the stored token, without a lease, and the same one at
each request. Write to rotate-role/NAME to replace it.`,
    },
    params: { name: roleName },
    returns: {
      token: f.string({ description: "The API token.", sensitive: true }),
      token_id: f.string({ description: "Its id at Terraform Cloud." }),
      role: f.string({ description: "The role, where the token is the stored one." }),
      organization: f.string({ description: "The organization that the role names." }),
      team_id: f.string({ description: "The team whose token it is." }),
      description: f.string({ description: "The token's description at Terraform Cloud." }),
      expired_at: f.time({ description: "When the token expires at Terraform Cloud." }),
    },
    operationIds: {
      read: "terraform-cloud-generate-credentials",
      update: "terraform-cloud-generate-credentials2",
    },
    read: handOut,
    update: handOut,
  });
};

function shown({ name, organization, team_id, description }: Role, { token, token_id }: StoredToken) {
  return {
    token,
    token_id,
    role: name,
    ...(organization !== "" && { organization }),
    ...(team_id !== "" && { team_id }),
    ...(description !== "" && { description }),
  };
}
