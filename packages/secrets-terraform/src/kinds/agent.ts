import { f } from "@vault-ts/vault-plugin";
import { isNotFound } from "../upstream-error.ts";
import { IDENTIFIER, leasedKind } from "./kind.ts";

export const agent = leasedKind({
  type: "agent",
  help: "a new token of an agent pool for each request, with a lease; it never expires by itself",
  fields: {
    agent_pool_id: f.string({
      description:
        "ID of the agent pool that the role issues tokens of, such as apool-yoGUFz5zcRMMz53i.",
      ...IDENTIFIER,
    }),
  },
  needs: "agent_pool_id",
  impliedBy: "agent_pool_id",
  ownerType: "agent_pool",
  expires: false,
  showsDescription: true,
  notFoundHint:
    "the agent pool doesn't exist, the mount's token lacks permission to manage it, or its organization lacks the agents entitlement",
  entitlement: {
    name: "agents",
    organizationOf: async (client, { id }) =>
      (await client.agentTokens.organizationOf(id)) ?? undefined,
  },
  create: (client, { id }, { description }) => client.agentTokens.create(id, { description }),
  delete: (client, _owner, tokenId) => client.tokens.delete(tokenId),
  listOf: async (client, _identity, { agent_pool_id }) => ({
    key: `agent_pool/${agent_pool_id}`,
    read: () => client.agentTokens.list(agent_pool_id),
  }),
  /** Who may manage the tokens of a pool may list them, and nobody else. */
  async sees(client, _identity, { agent_pool_id }) {
    try {
      for await (const _first of client.agentTokens.list(agent_pool_id)) break;
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  },
});
