import { SimulatorError } from "../simulator-error.ts";
import type { NewToken, World, WorldToken } from "../world.ts";

/** Returns a token's resource. Its secret is only in the response to its creation. */
function tokenResource(world: World, token: WorldToken, text: string | null = null): unknown {
  const { id, owner, description, createdAt, lastUsedAt, expiredAt } = token;
  return {
    id,
    type: "authentication-tokens",
    attributes: {
      "created-at": createdAt.toISOString(),
      "last-used-at": lastUsedAt?.toISOString() ?? null,
      description,
      token: text,
      "expired-at": expiredAt?.toISOString() ?? null,
      "is-ttl-rejected": world.isRejected(token),
    },
    relationships: {
      "created-by": { data: null },
      ...(owner.type === "teams" && { team: { data: { id: owner.id, type: "teams" } } }),
    },
  };
}

export function shownToken(world: World, token: WorldToken): { status: number; document: unknown } {
  return { status: 200, document: { data: tokenResource(world, token) } };
}

export function issuedToken(
  world: World,
  token: WorldToken,
): { status: number; document: unknown } {
  return { status: 201, document: { data: tokenResource(world, token, token.text) } };
}

/** Parses the attributes of a new token. @throws SimulatorError 422 for those of the wrong type. */
export function newToken(
  attributes: Readonly<Record<string, unknown>>,
  describe: (description: unknown) => string | null,
): NewToken {
  const expiry = attributes["expired-at"] ?? undefined;
  if (expiry !== undefined && (typeof expiry !== "string" || Number.isNaN(Date.parse(expiry)))) {
    throw new SimulatorError(422, "invalid attribute", "Expired at is not a date");
  }
  const expiredAt = expiry === undefined ? undefined : new Date(expiry);
  return { description: describe(attributes["description"]), expiredAt };
}

export function requiredDescription(description: unknown): string {
  if (typeof description === "string") return description;
  throw new SimulatorError(422, "invalid attribute", "Description can't be blank");
}

/** A page of tokens. */
export function tokenPage(
  world: World,
  tokens: readonly WorldToken[],
  query: URLSearchParams,
): { status: number; document: unknown } {
  return pageOf(tokens, query, (token) => tokenResource(world, token));
}

/**
 * A page of resources, sorted by the expiry of their tokens. Without a page number it is the whole
 * list.
 */
export function pageOf(
  tokens: readonly WorldToken[],
  query: URLSearchParams,
  resourceOf: (token: WorldToken) => unknown,
): { status: number; document: unknown } {
  const sorted = [...tokens].sort((a, b) => expiry(a) - expiry(b));
  if (!query.has("page[number]")) {
    return { status: 200, document: { data: sorted.map(resourceOf) } };
  }
  const page = Number(query.get("page[number]"));
  const size = Math.min(Number(query.get("page[size]") ?? 20), 100);
  const pages = Math.max(1, Math.ceil(sorted.length / size));
  const pagination = {
    "current-page": page,
    "page-size": size,
    "prev-page": page > 1 ? page - 1 : null,
    "next-page": page < pages ? page + 1 : null,
    "total-pages": pages,
    "total-count": sorted.length,
  };
  const data = sorted.slice((page - 1) * size, page * size).map(resourceOf);
  return { status: 200, document: { data, meta: { pagination } } };
}

function expiry({ expiredAt }: WorldToken): number {
  return expiredAt?.getTime() ?? Number.POSITIVE_INFINITY;
}
