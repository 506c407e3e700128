import * as v from "valibot";
import { type Api, path } from "./api.ts";
import { toOne } from "./json-api.ts";
import { permissions } from "./permissions.ts";

export interface Team {
  readonly id: string;
  readonly name: string;
  /** The name of its organization; null if the server doesn't say. */
  readonly organization: string | null;
  /**
   * Whether the calling token may list, create and delete tokens of the team; undefined if the
   * server doesn't say.
   */
  readonly mayManageTokens: boolean | undefined;
}

const team = v.pipe(
  v.object({
    id: v.string(),
    attributes: v.object({ name: v.string(), permissions }),
    relationships: v.optional(v.object({ organization: toOne })),
  }),
  v.transform(
    (data): Team => ({
      id: data.id,
      name: data.attributes.name,
      organization: data.relationships?.organization?.data?.id ?? null,
      mayManageTokens: data.attributes.permissions["can-update-api-token"],
    }),
  ),
);

const document = v.pipe(
  v.object({ data: team }),
  v.transform(({ data }) => data),
);

const listDocument = v.pipe(
  v.object({ data: v.array(team) }),
  v.transform(({ data }): readonly Team[] => data),
);

/** Teams. HCP Europe has none: there, all calls fail with `not_found`. */
export interface TeamsApi {
  /** Reads a team. */
  read(id: string): Promise<Team>;
  /**
   * Returns the teams of an organization with exactly this name: none if there is none or the
   * caller may not see it.
   */
  named(organization: string, name: string): Promise<readonly Team[]>;
}

export function teamsApi(api: Api): TeamsApi {
  return {
    read: async (id) =>
      await api.get(
        { operation: `reading team "${id}"`, method: "GET", path: path`teams/${id}` },
        document,
      ),
    async named(organization, name) {
      const call = {
        operation: `listing the teams of organization "${organization}"`,
        method: "GET",
        path: path`organizations/${organization}/teams?filter%5Bnames%5D=${name}&page%5Bsize%5D=100`,
      } as const;
      return (await api.get(call, listDocument)).filter((found) => found.name === name);
    },
  };
}
