import type { Edition } from "./edition.ts";
import { SimulatorError } from "./simulator-error.ts";
import type { World, WorldToken } from "./world.ts";

/** An authenticated request. */
export interface AuthenticatedRequest {
  readonly world: World;
  readonly edition: Edition;
  /** The calling token. */
  readonly actor: WorldToken;
  /** The values of the path's parameters. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The attributes of the document that was sent; empty if none was. */
  readonly attributes: Readonly<Record<string, unknown>>;
  /** The ids of the resources that the document names; empty for one that names none. */
  readonly ids: readonly string[];
}

export interface RouteAnswer {
  readonly status: number;
  /** The document; a response without one is 204. */
  readonly document?: unknown;
}

/** One endpoint. */
export interface Route {
  readonly method: "GET" | "POST" | "DELETE";
  /** Below `/api/v2/`; `:name` stands for one segment. */
  readonly pattern: string;
  readonly answer: (request: AuthenticatedRequest) => RouteAnswer;
}

/**
 * Returns the route of a request, and its parameters.
 *
 * @throws SimulatorError 400 for a parameter that isn't percent-encoded.
 */
export function findRoute(
  routes: readonly Route[],
  method: string | undefined,
  path: string,
): { readonly route: Route; readonly params: Readonly<Record<string, string>> } | undefined {
  const segments = path.split("/");
  for (const route of routes) {
    const wanted = route.pattern.split("/");
    const matches =
      route.method === method &&
      wanted.length === segments.length &&
      wanted.every((segment, index) => segment.startsWith(":") || segment === segments[index]);
    if (!matches) continue;
    const params = wanted.flatMap((segment, index) =>
      segment.startsWith(":") ? [[segment.slice(1), decoded(segments[index] ?? "")]] : [],
    );
    return { route, params: Object.fromEntries(params) };
  }
  return undefined;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new SimulatorError(400, "bad request", "the path is not percent-encoded");
  }
}
