import type { Owner, Team } from "../directory.ts";
import type { Route } from "../route.ts";
import { TWO_YEARS_MS, type World, type WorldToken } from "../world.ts";
import { pageOf } from "./page.ts";

/** The names of owner types in a token TTL policy. */
const TOKEN_TYPES = [
  ["organizations", "organization"],
  ["teams", "team"],
  ["users", "user"],
  ["audit-trails", "audit_trails"],
  ["metrics", "metrics"],
] as const satisfies readonly (readonly [Owner["type"], string])[];

/** The attributes of organizations and teams that clients read. */
export const organizationRoutes: readonly Route[] = [
  {
    method: "GET",
    pattern: "organizations",
    answer: ({ world, actor, query }) =>
      pageOf(world.directory.organizationsOf(actor.owner), query, (name) =>
        organizationResource(world, actor, name),
      ),
  },
  {
    method: "GET",
    pattern: "organizations/:organization",
    answer: ({ world, actor, params: { organization = "" } }) => {
      const name = world.directory.organization(actor.owner, organization);
      return { status: 200, document: { data: organizationResource(world, actor, name) } };
    },
  },
  {
    method: "GET",
    pattern: "organizations/:organization/token-ttl-policies",
    answer: ({ world, actor, params: { organization = "" } }) => {
      const policy = world.ttlPolicyOf(actor, organization);
      const data = TOKEN_TYPES.map(([type, tokenType]) => ({
        id: `ottp-${tokenType}`,
        type: "organization-token-ttl-policies",
        attributes: { "token-type": tokenType, "max-ttl-ms": policy[type] ?? TWO_YEARS_MS },
      }));
      return { status: 200, document: { data } };
    },
  },
  {
    method: "GET",
    pattern: "organizations/:organization/entitlement-set",
    answer: ({ world, actor, params: { organization = "" } }) => ({
      status: 200,
      document: {
        data: {
          id: "org-entitlements",
          type: "entitlement-sets",
          attributes: world.entitlements(actor, organization),
        },
      },
    }),
  },
  {
    method: "GET",
    pattern: "teams/:team",
    answer: ({ world, actor, params: { team = "" } }) => ({
      status: 200,
      document: { data: teamResource(world, actor, world.directory.team(actor.owner, team)) },
    }),
  },
  {
    method: "GET",
    pattern: "organizations/:organization/teams",
    answer: ({ world, actor, params: { organization = "" }, query }) => {
      const names = query.get("filter[names]")?.split(",");
      const teams = world.directory
        .teamsOf(actor.owner, organization)
        .filter(({ name }) => names?.includes(name) ?? true);
      return {
        status: 200,
        document: { data: teams.map((team) => teamResource(world, actor, team)) },
      };
    },
  },
];

function organizationResource(world: World, actor: WorldToken, name: string) {
  const permissions = permissionsOn(world, actor, { type: "organizations", id: name });
  return { id: name, type: "organizations", attributes: { name, permissions } };
}

function teamResource(world: World, actor: WorldToken, { id, name, organization }: Team) {
  const relationships = { organization: { data: { id: organization, type: "organizations" } } };
  const permissions = permissionsOn(world, actor, { type: "teams", id });
  return { id, type: "teams", attributes: { name, permissions }, relationships };
}

/** The actor's rights on tokens. */
function permissionsOn(world: World, actor: WorldToken, owner: Owner) {
  return { "can-update-api-token": world.directory.mayManage(actor.owner, owner) };
}
