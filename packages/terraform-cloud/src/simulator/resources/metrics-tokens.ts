import type { Owner } from "../directory.ts";
import type { Route } from "../route.ts";
import { SimulatorError } from "../simulator-error.ts";
import type { WorldToken } from "../world.ts";
import { pageOf } from "./page.ts";
import { byExpiry, newToken, requiredDescription } from "./token-document.ts";

const PATTERN = "organizations/:organization/metrics-tokens";

const ownerOf = ({ organization = "" }: Readonly<Record<string, string>>): Owner => ({
  type: "metrics",
  id: organization,
});

/** The metrics tokens of organizations, whose attributes have other names. */
export const metricsTokenRoutes: readonly Route[] = [
  {
    method: "POST",
    pattern: PATTERN,
    answer({ world, actor, params, attributes: { name, "expires-at": expiry } }) {
      const options = newToken({ description: name, "expired-at": expiry }, requiredDescription);
      const token = world.create(actor, ownerOf(params), options);
      return { status: 201, document: { data: resource(token, token.text) } };
    },
  },
  {
    method: "GET",
    pattern: PATTERN,
    answer({ world, actor, params, query }) {
      const owner = ownerOf(params);
      if (!world.directory.mayManage(actor.owner, owner))
        throw new SimulatorError(404, "not found");
      return pageOf(byExpiry(world.tokensOf(actor, owner)), query, (token) => resource(token));
    },
  },
  {
    method: "DELETE",
    pattern: `${PATTERN}/:id`,
    answer({ world, actor, params }) {
      const token = world.token(actor, params["id"] ?? "");
      if (token.owner.type !== "metrics") throw new SimulatorError(404, "not found");
      world.delete(token);
      return { status: 204 };
    },
  },
];

function resource(
  { id, description, createdAt, expiredAt }: WorldToken,
  text: string | null = null,
): unknown {
  return {
    id,
    type: "metrics-tokens",
    attributes: {
      name: description,
      "created-at": createdAt.toISOString(),
      "expires-at": expiredAt?.toISOString() ?? null,
      token: text,
    },
  };
}
