import type { Owner } from "../directory.ts";
import type { Route } from "../route.ts";
import { SimulatorError } from "../simulator-error.ts";
import { issuedToken, newToken, requiredDescription, tokenPage } from "./token-document.ts";

const PATTERN = "agent-pools/:pool/authentication-tokens";

const ownerOf = ({ pool = "" }: Readonly<Record<string, string>>): Owner => ({
  type: "agent-pools",
  id: pool,
});

/** The tokens of agent pools. A pool of another organization is not found. */
export const agentTokenRoutes: readonly Route[] = [
  {
    method: "GET",
    pattern: "agent-pools/:pool",
    answer({ world, actor, params: { pool = "" } }) {
      const { id, organization } = world.directory.agentPool(actor.owner, pool);
      const relationships = { organization: { data: { id: organization, type: "organizations" } } };
      return { status: 200, document: { data: { id, type: "agent-pools", relationships } } };
    },
  },
  {
    method: "POST",
    pattern: PATTERN,
    answer: ({ world, actor, params, attributes }) =>
      issuedToken(
        world,
        world.create(actor, ownerOf(params), newToken(attributes, requiredDescription)),
      ),
  },
  {
    method: "GET",
    pattern: PATTERN,
    answer({ world, actor, params, query }) {
      const owner = ownerOf(params);
      if (!world.directory.mayManage(actor.owner, owner))
        throw new SimulatorError(404, "not found");
      return tokenPage(world, world.tokensOf(actor, owner), query);
    },
  },
];
