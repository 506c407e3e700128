import type { Route } from "../route.ts";
import { SimulatorError } from "../simulator-error.ts";
import type { World, WorldToken } from "../world.ts";
import {
  issuedToken,
  newToken,
  requiredDescription,
  shownToken,
  tokenPage,
} from "./token-document.ts";

/** The named tokens of users and teams, and any token by its id. */
export const tokenRoutes: readonly Route[] = [
  {
    method: "POST",
    pattern: "teams/:team/authentication-tokens",
    answer: ({ world, actor, params: { team = "" }, attributes }) =>
      issuedToken(
        world,
        world.create(actor, { type: "teams", id: team }, newToken(attributes, requiredDescription)),
      ),
  },
  {
    method: "POST",
    pattern: "users/:user/authentication-tokens",
    answer: ({ world, actor, params: { user = "" }, attributes }) => {
      const description = (text: unknown) => (text === undefined ? "" : requiredDescription(text));
      return issuedToken(
        world,
        world.create(actor, { type: "users", id: user }, newToken(attributes, description)),
      );
    },
  },
  {
    method: "GET",
    pattern: "users/:user/authentication-tokens",
    answer: ({ world, actor, params: { user = "" }, query }) =>
      tokenPage(world, world.tokensOf(actor, { type: "users", id: user }), query),
  },
  {
    method: "GET",
    pattern: "organizations/:organization/team-tokens",
    answer: ({ world, actor, params: { organization = "" }, query }) =>
      tokenPage(world, world.teamTokens(actor, organization), query),
  },
  {
    method: "DELETE",
    pattern: "organizations/:organization/team-tokens",
    answer({ world, actor, params: { organization = "" }, ids }) {
      const tokens = world.teamTokens(actor, organization).filter(({ id }) => ids.includes(id));
      if (tokens.length < ids.length) throw new SimulatorError(403, "forbidden");
      for (const token of tokens) world.delete(token);
      return { status: 204 };
    },
  },
  {
    method: "GET",
    pattern: "authentication-tokens/:id",
    answer: ({ world, actor, params: { id = "" } }) =>
      shownToken(world, authenticationToken(world, actor, id)),
  },
  {
    method: "DELETE",
    pattern: "authentication-tokens/:id",
    answer: ({ world, actor, params: { id = "" } }) => {
      world.delete(authenticationToken(world, actor, id));
      return { status: 204 };
    },
  },
];

/** Metrics tokens are of another type, and not found by this path. */
function authenticationToken(world: World, actor: WorldToken, id: string): WorldToken {
  const token = world.token(actor, id);
  if (token.owner.type === "metrics") throw new SimulatorError(404, "not found");
  return token;
}
