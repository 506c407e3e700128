import { type Api, path } from "./api.ts";
import {
  type IssuedToken,
  issuedTokenDocument,
  type Token,
  type TokenOptions,
  tokenAttributes,
  tokenDocument,
} from "./token.ts";

/** Tokens that their owner has one of: making one ends the one before, at once. */
export interface SingletonTokensApi {
  create(owner: string, options?: TokenOptions): Promise<IssuedToken>;
  read(owner: string): Promise<Token>;
  delete(owner: string): Promise<void>;
}

/** The token of an organization, which goes by its name. */
export function organizationTokensApi(api: Api): SingletonTokensApi {
  return singletonTokensApi(
    api,
    "the token of organization",
    (name) => path`organizations/${name}/authentication-token`,
  );
}

/** The one token without a description of a team, which goes by its id. */
export function teamLegacyTokensApi(api: Api): SingletonTokensApi {
  return singletonTokensApi(api, "the legacy token of team", (id) => path`teams/${id}/authentication-token`);
}

export function singletonTokensApi(
  api: Api,
  what: string,
  pathOf: (owner: string) => string,
): SingletonTokensApi {
  return {
    create: async (owner, options = {}) =>
      await api.get(
        {
          purpose: `make ${what} ${owner}`,
          method: "POST",
          path: pathOf(owner),
          attributes: tokenAttributes(options),
        },
        issuedTokenDocument,
      ),
    read: async (owner) =>
      await api.get({ purpose: `show ${what} ${owner}`, method: "GET", path: pathOf(owner) }, tokenDocument),
    delete: async (owner) =>
      await api.send({ purpose: `end ${what} ${owner}`, method: "DELETE", path: pathOf(owner) }),
  };
}
