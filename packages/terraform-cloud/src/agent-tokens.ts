import { type Api, path } from "./api.ts";
import { type DescribedTokensApi, describedTokensApi } from "./described-tokens.ts";

/** The tokens of an agent pool. They have no expiry: one that is asked for is ignored. */
export function agentTokensApi(api: Api): DescribedTokensApi {
  const pathOf = (id: string) => path`agent-pools/${id}/authentication-tokens`;
  return describedTokensApi(api, {
    making: "create a token of agent pool",
    pathOf,
    listing: "list the tokens of agent pool",
    listPathOf: pathOf,
  });
}
