import { type Api, path } from "./api.ts";
import {
  type IssuedToken,
  issuedTokenDocument,
  type NamedTokenOptions,
  type Token,
  tokenAttributes,
} from "./token.ts";
import { listTokens } from "./token-list.ts";

/** Tokens of owners with many tokens, which their descriptions tell apart. */
export interface NamedTokensApi {
  /**
   * Creates a token.
   *
   * @param owner The id of the user, team or agent pool; the name of the organization for metrics.
   * @param options The description of a team's token must differ from those of its other tokens.
   */
  create(owner: string, options: NamedTokenOptions): Promise<IssuedToken>;
  /**
   * Lists tokens. A token may be listed twice.
   *
   * @param from The id of the user, the id of the agent pool, or the name of the organization for
   *   metrics and for teams. The list is empty for another user than the caller. That of teams has
   *   the tokens of all teams that the caller may manage, legacy ones too.
   */
  list(from: string): AsyncIterable<Token>;
}

/** The tokens of a user. Only a token of the same user can create or list them. */
export function userTokensApi(api: Api): NamedTokensApi {
  const pathOf = (id: string) => path`users/${id}/authentication-tokens`;
  return namedTokensApi(api, {
    creating: "creating a token for user",
    pathOf,
    listing: "listing the tokens of user",
    listPathOf: pathOf,
  });
}

/** The tokens of teams. */
export interface TeamTokensApi extends NamedTokensApi {
  /** Deletes tokens of the teams of an organization, in one call: all of them, or none. */
  deleteAll(organization: string, ids: readonly string[]): Promise<void>;
}

export function teamTokensApi(api: Api): TeamTokensApi {
  const listPathOf = (organization: string) => path`organizations/${organization}/team-tokens`;
  return {
    ...namedTokensApi(api, {
      creating: "creating a token for team",
      pathOf: (id) => path`teams/${id}/authentication-tokens`,
      listing: "listing the team tokens of organization",
      listPathOf,
    }),
    deleteAll: async (organization, ids) =>
      await api.send({
        operation: `deleting ${ids.length} team tokens of organization "${organization}"`,
        method: "DELETE",
        path: listPathOf(organization),
        ids,
        priority: "low",
      }),
  };
}

/** What the kinds differ in: the operations, without their owner, and the paths. */
export interface NamedKind {
  readonly creating: string;
  readonly pathOf: (owner: string) => string;
  readonly listing: string;
  readonly listPathOf: (from: string) => string;
}

export function namedTokensApi(
  api: Api,
  { creating, pathOf, listing, listPathOf }: NamedKind,
): NamedTokensApi {
  return {
    create: async (owner, options) =>
      await api.get(
        {
          operation: `${creating} "${owner}"`,
          method: "POST",
          path: pathOf(owner),
          attributes: tokenAttributes(options),
        },
        issuedTokenDocument,
      ),
    async *list(from) {
      yield* listTokens(api, `${listing} "${from}"`, listPathOf(from));
    },
  };
}
