import { type Api, path } from "./api.ts";
import {
  type DescribedTokenOptions,
  type IssuedToken,
  issuedTokenDocument,
  type Token,
  tokenAttributes,
} from "./token.ts";
import { listTokens } from "./token-list.ts";

/** Tokens of a user, who may have many. Only a token of the same user can make or list them. */
export interface UserTokensApi {
  create(userId: string, options: DescribedTokenOptions, signal?: AbortSignal): Promise<IssuedToken>;
  /** The tokens of another user are an empty list. */
  list(userId: string, signal?: AbortSignal): AsyncIterable<Token>;
}

export function userTokensApi(api: Api): UserTokensApi {
  return {
    create: async (userId, options, signal) =>
      await api.get(
        {
          purpose: `make a token of user ${userId}`,
          method: "POST",
          path: path`users/${userId}/authentication-tokens`,
          attributes: tokenAttributes(options),
          signal,
        },
        issuedTokenDocument,
      ),
    list: (userId, signal) =>
      listTokens(
        api,
        `list the tokens of user ${userId}`,
        path`users/${userId}/authentication-tokens`,
        signal,
      ),
  };
}
