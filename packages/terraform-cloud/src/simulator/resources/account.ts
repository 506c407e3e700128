import type { Route } from "../route.ts";
import type { World, WorldToken } from "../world.ts";

/**
 * The account of the caller: a user, or the service user of a team's or an organization's token.
 */
export const accountRoutes: readonly Route[] = [
  {
    method: "GET",
    pattern: "account/details",
    answer: ({ world, actor, edition }) => ({
      status: 200,
      document: {
        data: {
          id: actor.owner.type === "users" ? actor.owner.id : `user-${actor.id.slice(3)}`,
          type: "users",
          attributes: {
            username: usernameOf(world, actor),
            "is-service-account": actor.owner.type !== "users",
          },
          ...(edition !== "old-enterprise" && {
            relationships: { "authenticated-resource": { data: actor.owner } },
            links: { "auth-token": `/api/v2/authentication-tokens/${actor.id}` },
          }),
        },
      },
    }),
  },
];

function usernameOf(world: World, { owner }: WorldToken): string {
  return owner.type === "users"
    ? world.directory.user(owner.id).username
    : `api-${owner.type}-${owner.id}`;
}
