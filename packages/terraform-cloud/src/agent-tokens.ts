import { type Api, path } from "./api.ts";
import { type NamedTokensApi, namedTokensApi } from "./named-tokens.ts";

/** The tokens of an agent pool. They never expire: the option `expiredAt` is ignored. */
export function agentTokensApi(api: Api): NamedTokensApi {
  const pathOf = (id: string) => path`agent-pools/${id}/authentication-tokens`;
  return namedTokensApi(api, {
    creating: "creating a token for agent pool",
    pathOf,
    listing: "listing the tokens of agent pool",
    listPathOf: pathOf,
  });
}
