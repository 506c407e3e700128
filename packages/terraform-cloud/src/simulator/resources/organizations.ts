import type { Route } from "../route.ts";
import { type Owner, TWO_YEARS_MS, type World, type WorldToken } from "../world.ts";

/** Organizations and teams, as far as clients look at them. */
export const organizationRoutes: readonly Route[] = [
  {
    method: "GET",
    pattern: "organizations/:organization",
    answer: ({ world, actor, params: { organization = "" } }) => {
      const name = world.organization(actor, organization);
      const permissions = permissionsOn(world, actor, { type: "organizations", id: name });
      return {
        status: 200,
        document: { data: { id: name, type: "organizations", attributes: { name, permissions } } },
      };
    },
  },
  {
    method: "GET",
    pattern: "organizations/:organization/token-ttl-policies",
    answer: ({ world, actor, params: { organization = "" } }) => {
      const policy = world.ttlPolicyOf(actor, organization);
      const data = (["organizations", "teams", "users"] as const).map((type) => ({
        id: `ottp-${type}`,
        type: "organization-token-ttl-policies",
        attributes: { "token-type": type.slice(0, -1), "max-ttl-ms": policy[type] ?? TWO_YEARS_MS },
      }));
      return { status: 200, document: { data } };
    },
  },
  {
    method: "GET",
    pattern: "teams/:team",
    answer: ({ world, actor, params: { team = "" } }) => {
      const { id, name, organization } = world.team(actor, team);
      const relationships = { organization: { data: { id: organization, type: "organizations" } } };
      const permissions = permissionsOn(world, actor, { type: "teams", id });
      const attributes = { name, permissions };
      return { status: 200, document: { data: { id, type: "teams", attributes, relationships } } };
    },
  },
];

/** What the actor may do, as far as tokens are concerned. */
function permissionsOn(world: World, actor: WorldToken, owner: Owner) {
  return { "can-update-api-token": world.mayManage(actor, owner) };
}
