import * as v from "valibot";
import { type Api, path } from "./api.ts";
import { permissions } from "./permissions.ts";

export interface Team {
  readonly id: string;
  readonly name: string;
  /** The name of its organization; null where the server doesn't tell. */
  readonly organization: string | null;
  /** Whether the calling token may list, create and delete the team's; undefined where the server doesn't say. */
  readonly mayManageTokens: boolean | undefined;
}

const document = v.pipe(
  v.object({
    data: v.object({
      id: v.string(),
      attributes: v.object({ name: v.string(), permissions }),
      relationships: v.optional(
        v.object({ organization: v.optional(v.object({ data: v.nullable(v.object({ id: v.string() })) })) }),
      ),
    }),
  }),
  v.transform(
    ({ data }): Team => ({
      id: data.id,
      name: data.attributes.name,
      organization: data.relationships?.organization?.data?.id ?? null,
      mayManageTokens: data.attributes.permissions["can-update-api-token"],
    }),
  ),
);

/** Teams, which HCP Europe doesn't have: there it is "not found", whatever the id. */
export interface TeamsApi {
  read(id: string): Promise<Team>;
}

export function teamsApi(api: Api): TeamsApi {
  return {
    read: async (id) =>
      await api.get({ purpose: `show team ${id}`, method: "GET", path: path`teams/${id}` }, document),
  };
}
