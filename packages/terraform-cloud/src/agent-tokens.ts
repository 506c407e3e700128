import * as v from "valibot";
import { type Api, path } from "./api.ts";
import { toOne } from "./json-api.ts";
import { type NamedTokensApi, namedTokensApi } from "./named-tokens.ts";

/** The tokens of agent pools. They never expire: the option `expiredAt` is ignored. */
export interface AgentTokensApi extends NamedTokensApi {
  /** Reads the organization of an agent pool; null if the server doesn't return it. */
  organizationOf(pool: string): Promise<string | null>;
}

const poolDocument = v.pipe(
  v.object({
    data: v.object({ relationships: v.optional(v.object({ organization: toOne })) }),
  }),
  v.transform(({ data }) => data.relationships?.organization?.data?.id ?? null),
);

export function agentTokensApi(api: Api): AgentTokensApi {
  const pathOf = (id: string) => path`agent-pools/${id}/authentication-tokens`;
  return {
    ...namedTokensApi(api, {
      creating: "creating a token for agent pool",
      pathOf,
      listing: "listing the tokens of agent pool",
      listPathOf: pathOf,
    }),
    organizationOf: async (pool) =>
      await api.get(
        {
          operation: `reading agent pool "${pool}"`,
          method: "GET",
          path: path`agent-pools/${pool}`,
        },
        poolDocument,
      ),
  };
}
