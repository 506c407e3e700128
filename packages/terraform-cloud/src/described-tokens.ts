import { type Api, path } from "./api.ts";
import {
  type DescribedTokenOptions,
  type IssuedToken,
  issuedTokenDocument,
  type Token,
  tokenAttributes,
} from "./token.ts";
import { listTokens } from "./token-list.ts";

/** Tokens that their owner may have many of, told apart by their descriptions. */
export interface DescribedTokensApi {
  /**
   * @param owner The id of the user, team or agent pool.
   * @param options Of a team, the description has to be another one than that of each other token.
   */
  create(owner: string, options: DescribedTokenOptions): Promise<IssuedToken>;
  /**
   * @param from The id of the user: the tokens of another one are an empty list. The id of the agent pool. For teams the organization: the tokens of all its teams that the
   * caller may manage, legacy ones too.
   */
  list(from: string): AsyncIterable<Token>;
}

/** The tokens of a user. Only a token of the same user can make or list them. */
export function userTokensApi(api: Api): DescribedTokensApi {
  const pathOf = (id: string) => path`users/${id}/authentication-tokens`;
  return describedTokensApi(api, {
    making: "make a token of user",
    pathOf,
    listing: "list the tokens of user",
    listPathOf: pathOf,
  });
}

/** The tokens of teams. */
export function teamTokensApi(api: Api): DescribedTokensApi {
  return describedTokensApi(api, {
    making: "make a token of team",
    pathOf: (id) => path`teams/${id}/authentication-tokens`,
    listing: "list the tokens of the teams of",
    listPathOf: (organization) => path`organizations/${organization}/team-tokens`,
  });
}

/** What the kinds differ in: the purposes of their calls, and the paths. */
export interface DescribedKind {
  readonly making: string;
  readonly pathOf: (owner: string) => string;
  readonly listing: string;
  readonly listPathOf: (from: string) => string;
}

export function describedTokensApi(
  api: Api,
  { making, pathOf, listing, listPathOf }: DescribedKind,
): DescribedTokensApi {
  return {
    create: async (owner, options) =>
      await api.get(
        {
          purpose: `${making} ${owner}`,
          method: "POST",
          path: pathOf(owner),
          attributes: tokenAttributes(options),
        },
        issuedTokenDocument,
      ),
    list: (from) => listTokens(api, `${listing} ${from}`, listPathOf(from)),
  };
}
