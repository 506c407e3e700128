import type { Route } from "../route.ts";
import type { Owner } from "../world.ts";
import { issuedToken, newToken, shownToken } from "./token-document.ts";

/** The tokens that an owner has one of: organizations, and teams in the legacy way. */
export const singletonTokenRoutes: readonly Route[] = (["organizations", "teams"] as const).flatMap(
  (type) => {
    const pattern = `${type}/:owner/authentication-token`;
    const ownerOf = ({ owner = "" }: Readonly<Record<string, string>>): Owner => ({ type, id: owner });
    const routes: Route[] = [
      {
        method: "POST",
        pattern,
        answer: ({ world, actor, params, attributes }) =>
          issuedToken(
            world,
            world.create(
              actor,
              ownerOf(params),
              newToken(attributes, () => null),
            ),
          ),
      },
      {
        method: "GET",
        pattern,
        answer: ({ world, actor, params }) => shownToken(world, world.singleton(actor, ownerOf(params))),
      },
      {
        method: "DELETE",
        pattern,
        answer: ({ world, actor, params }) => {
          world.delete(world.singleton(actor, ownerOf(params)));
          return { status: 204 };
        },
      },
    ];
    return routes;
  },
);
