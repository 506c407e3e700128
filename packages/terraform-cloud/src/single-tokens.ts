import { type Api, path } from "./api.ts";
import {
  type IssuedToken,
  issuedTokenDocument,
  type Token,
  type TokenOptions,
  tokenAttributes,
  tokenDocument,
} from "./token.ts";

/**
 * Tokens of owners with a single token. An owner is the name of an organization or the id of a
 * team.
 */
export interface SingleTokensApi {
  /** Creates the owner's token. It replaces an existing one, which stops working at once. */
  create(owner: string, options?: TokenOptions): Promise<IssuedToken>;
  /** Reads the owner's token, without its secret. */
  read(owner: string): Promise<Token>;
  /** Deletes the owner's token. */
  delete(owner: string): Promise<void>;
}

/** The token of an organization. */
export function organizationTokensApi(api: Api): SingleTokensApi {
  return singleTokensApi(
    api,
    "the token of organization",
    (name) => path`organizations/${name}/authentication-token`,
  );
}

/** The legacy token of a team, which has no description. */
export function teamLegacyTokensApi(api: Api): SingleTokensApi {
  return singleTokensApi(
    api,
    "the legacy token of team",
    (id) => path`teams/${id}/authentication-token`,
  );
}

export function singleTokensApi(
  api: Api,
  what: string,
  pathOf: (owner: string) => string,
): SingleTokensApi {
  return {
    create: async (owner, options = {}) =>
      await api.get(
        {
          operation: `creating ${what} "${owner}"`,
          method: "POST",
          path: pathOf(owner),
          attributes: tokenAttributes(options),
        },
        issuedTokenDocument,
      ),
    read: async (owner) =>
      await api.get(
        { operation: `reading ${what} "${owner}"`, method: "GET", path: pathOf(owner) },
        tokenDocument,
      ),
    delete: async (owner) =>
      await api.send({
        operation: `deleting ${what} "${owner}"`,
        method: "DELETE",
        path: pathOf(owner),
      }),
  };
}
