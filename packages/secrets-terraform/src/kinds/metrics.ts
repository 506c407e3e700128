import { isNotFound } from "../upstream-error.ts";
import { leasedKind } from "./kind.ts";
import { organizationFields, seesOrganization } from "./organization.ts";

export const metrics = leasedKind({
  type: "metrics",
  help: "a new metrics token of an organization for each request, with a lease; HCP Terraform only",
  fields: organizationFields,
  needs: "organization",
  ownerType: "organization",
  expires: true,
  showsDescription: true,
  notFoundHint:
    "the organization doesn't exist, the mount's token lacks permission to manage its tokens, or this server isn't HCP Terraform: only HCP Terraform has metrics tokens",
  create: (client, { id }, options) => client.metricsTokens.create(id, options),
  delete: (client, { id }, tokenId) => client.metricsTokens.delete(id, tokenId),
  listOf: async (client, _identity, target) => ({
    key: `metrics/${target.organization.toLowerCase()}`,
    read: () => client.metricsTokens.list(target.organization),
  }),
  longestLifetime: async (client, { id }) => (await client.organizations.ttlPolicy(id)).metrics,
  sees: seesOrganization,
  /** Where there are none, there is no list either. */
  async isSupported(client, { organization }) {
    try {
      for await (const _first of client.metricsTokens.list(organization)) break;
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  },
});
