import type { Owner } from "../directory.ts";
import { hasAuditTrailsTokens } from "../edition.ts";
import type { AuthenticatedRequest, Route } from "../route.ts";
import { issuedToken, newToken, shownToken } from "./token-document.ts";

/** The tokens of single-token owners: organizations, their audit trails, and legacy teams. */
export const singleTokenRoutes: readonly Route[] = [
  ...routesOf("teams/:owner/authentication-token", () => "teams"),
  ...routesOf("organizations/:owner/authentication-token", ({ query, edition }) =>
    query.get("token") === "audit-trails" && hasAuditTrailsTokens(edition)
      ? "audit-trails"
      : "organizations",
  ),
];

function routesOf(
  pattern: string,
  typeOf: (request: AuthenticatedRequest) => Owner["type"],
): readonly Route[] {
  const ownerOf = (request: AuthenticatedRequest): Owner => ({
    type: typeOf(request),
    id: request.params["owner"] ?? "",
  });
  return [
    {
      method: "POST",
      pattern,
      answer(request) {
        const { world, actor, attributes } = request;
        const options = newToken(attributes, () => null);
        return issuedToken(world, world.create(actor, ownerOf(request), options));
      },
    },
    {
      method: "GET",
      pattern,
      answer(request) {
        const { world, actor } = request;
        return shownToken(world, world.singleToken(actor, ownerOf(request)));
      },
    },
    {
      method: "DELETE",
      pattern,
      answer(request) {
        const { world, actor } = request;
        world.delete(world.singleToken(actor, ownerOf(request)));
        return { status: 204 };
      },
    },
  ];
}
