import { type Api, path } from "./api.ts";
import {
  type DescribedTokenOptions,
  type IssuedToken,
  issuedTokenDocument,
  type Token,
  tokenAttributes,
} from "./token.ts";
import { listTokens } from "./token-list.ts";

/** Tokens that a team may have many of, told apart by their descriptions. */
export interface TeamTokensApi {
  /** @param options The description has to be another one than that of each token of the team. */
  create(teamId: string, options: DescribedTokenOptions, signal?: AbortSignal): Promise<IssuedToken>;
  /** The tokens of all teams of an organization that the caller may manage, legacy ones too. */
  list(organization: string, signal?: AbortSignal): AsyncIterable<Token>;
}

export function teamTokensApi(api: Api): TeamTokensApi {
  return {
    create: async (teamId, options, signal) =>
      await api.get(
        {
          purpose: `make a token of team ${teamId}`,
          method: "POST",
          path: path`teams/${teamId}/authentication-tokens`,
          attributes: tokenAttributes(options),
          signal,
        },
        issuedTokenDocument,
      ),
    list: (organization, signal) =>
      listTokens(
        api,
        `list the tokens of the teams of ${organization}`,
        path`organizations/${organization}/team-tokens`,
        signal,
      ),
  };
}
