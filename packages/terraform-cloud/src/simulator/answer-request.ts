import { appName, type Edition, hasPath } from "./edition.ts";
import type { RequestQuota } from "./request-quota.ts";
import { accountRoutes } from "./resources/account.ts";
import { agentTokenRoutes } from "./resources/agent-tokens.ts";
import { metricsTokenRoutes } from "./resources/metrics-tokens.ts";
import { organizationRoutes } from "./resources/organizations.ts";
import { singleTokenRoutes } from "./resources/single-tokens.ts";
import { tokenRoutes } from "./resources/tokens.ts";
import { workspaceRoutes } from "./resources/workspaces.ts";
import { type AuthenticatedRequest, findRoute, type Route, type RouteAnswer } from "./route.ts";
import { SimulatorError } from "./simulator-error.ts";
import type { World } from "./world.ts";

/** A simulated Terraform Cloud without a transport: what determines its responses. */
export interface Site {
  readonly world: World;
  readonly edition: Edition;
  /** Where its API begins, with a slash at the end. */
  readonly basePath: string;
  /**
   * The rate limit of each user, in requests a second; none if undefined or null, and responses
   * state none if null.
   */
  readonly rateLimit: number | null | undefined;
  readonly quota: RequestQuota;
}

/** An HTTP request. */
export interface SiteRequest {
  readonly method: string;
  /** Below the origin, with its leading slash and its query. */
  readonly path: string;
  readonly authorization: string | undefined;
  /** Empty for none. */
  readonly body: string;
}

export interface SiteAnswer extends RouteAnswer {
  readonly headers: Readonly<Record<string, string>>;
}

/** The rate limit that responses state, in requests a second. */
const RATE_LIMIT = 30;

const ROUTES: readonly Route[] = [
  ...accountRoutes,
  ...agentTokenRoutes,
  ...metricsTokenRoutes,
  ...organizationRoutes,
  ...singleTokenRoutes,
  ...tokenRoutes,
  ...workspaceRoutes,
  { method: "GET", pattern: "ping", answer: () => ({ status: 204 }) },
];

/** Where command lines look up which services a host has, without a token. */
const DISCOVERY = "/.well-known/terraform.json";

/** The versions of the API that the backends of Terraform and OpenTofu ask for. */
const SERVICES = ["tfe.v2", "tfe.v2.1", "tfe.v2.2", "state.v2"];

/** Its status is a number here, and a string in all other errors: as Terraform Cloud has it. */
const TOO_MANY_REQUESTS = {
  errors: [
    { detail: "You have exceeded the API's rate limit.", status: 429, title: "Too many requests" },
  ],
};

/** Handles a request at once, without sockets or delays: its caller adds those. */
export function answerRequest(site: Site, request: SiteRequest): SiteAnswer {
  try {
    return act(site, request);
  } catch (error) {
    if (error instanceof SimulatorError) return refuse(site, error);
    throw error;
  }
}

/** Returns the response to a request that is rejected. */
export function refuse(site: Site, { status, message: title, detail }: SimulatorError): SiteAnswer {
  const document = { errors: [{ status: String(status), title, ...(detail && { detail }) }] };
  return withHeaders(site, { status, document });
}

function act(site: Site, { method, path: target, authorization, body }: SiteRequest): SiteAnswer {
  const { world, edition, basePath, rateLimit, quota } = site;
  if (method === "GET" && target === DISCOVERY) return discovery(site);
  const actor = world.authenticate(/^Bearer (.+)$/.exec(authorization ?? "")?.[1] ?? "");
  if (!actor) throw new SimulatorError(401, "unauthorized");
  if (rateLimit != null) {
    const { isWithin, reset } = quota.take(`${actor.owner.type}/${actor.owner.id}`, rateLimit);
    if (!isWithin) return withHeaders(site, { status: 429, document: TOO_MANY_REQUESTS }, reset);
  }
  const [url = "", query] = target.split("?");
  const path = url.startsWith(basePath) ? url.slice(basePath.length) : "";
  const found = hasPath(edition, path) ? findRoute(ROUTES, method, path) : undefined;
  if (!found) throw new SimulatorError(404, "not found");
  const { route, params } = found;
  const sent = documentOf(body);
  return withHeaders(
    site,
    route.answer({ world, edition, actor, params, query: new URLSearchParams(query), ...sent }),
  );
}

/** It is plain JSON: command lines take no other content type. */
function discovery(site: Site): SiteAnswer {
  const document = Object.fromEntries(SERVICES.map((service) => [service, site.basePath]));
  const { headers, ...answer } = withHeaders(site, { status: 200, document });
  return { ...answer, headers: { ...headers, "content-type": "application/json" } };
}

/** @param reset Seconds until there may be more requests. */
function withHeaders(
  { world, edition, rateLimit }: Site,
  answer: RouteAnswer,
  reset = 0,
): SiteAnswer {
  const name = appName(edition);
  return {
    ...answer,
    headers: {
      date: new Date(world.now).toUTCString(),
      "tfp-api-version": "2.6",
      ...(name !== undefined && { "tfp-appname": name }),
      ...(rateLimit !== null && {
        "x-ratelimit-limit": String(RATE_LIMIT),
        "x-ratelimit-reset": reset.toFixed(3),
      }),
      ...(answer.document !== undefined && {
        "content-type": "application/vnd.api+json; charset=utf-8",
      }),
    },
  };
}

/** Any type of document is accepted, or none, as by Terraform Cloud. */
function documentOf(body: string): Pick<AuthenticatedRequest, "attributes" | "ids"> {
  if (body === "") return { attributes: {}, ids: [] };
  try {
    const { data } = JSON.parse(body) as {
      data?: { attributes?: Record<string, unknown> } | readonly { id: string }[];
    };
    if (isList(data)) return { attributes: {}, ids: data.map(({ id }) => id) };
    return { attributes: data?.attributes ?? {}, ids: [] };
  } catch {
    throw new SimulatorError(400, "bad request", "the body is not JSON");
  }
}

function isList<T>(data: unknown): data is readonly T[] {
  return Array.isArray(data);
}
