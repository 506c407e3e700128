import { SimulatorError } from "../simulator-error.ts";
import type { NewToken, World, WorldToken } from "../world.ts";
import { pageOf } from "./page.ts";

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

/** A page of tokens, sorted by their expiry. */
export function tokenPage(
  world: World,
  tokens: readonly WorldToken[],
  query: URLSearchParams,
): { status: number; document: unknown } {
  return pageOf(byExpiry(tokens), query, (token) => tokenResource(world, token));
}

export function byExpiry(tokens: readonly WorldToken[]): readonly WorldToken[] {
  return [...tokens].sort((a, b) => expiry(a) - expiry(b));
}

function expiry({ expiredAt }: WorldToken): number {
  return expiredAt?.getTime() ?? Number.POSITIVE_INFINITY;
}
