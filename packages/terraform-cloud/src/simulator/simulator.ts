import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { appName, type Edition, hasPath } from "./edition.ts";
import { answerWith, type Fault, isDone } from "./fault.ts";
import { RequestQuota } from "./request-quota.ts";
import { accountRoutes } from "./resources/account.ts";
import { organizationRoutes } from "./resources/organizations.ts";
import { singletonTokenRoutes } from "./resources/singleton-tokens.ts";
import { tokenRoutes } from "./resources/tokens.ts";
import { findRoute, type Route, type RouteAnswer } from "./route.ts";
import { DEFAULT_SEED, SEEDED } from "./seed.ts";
import { SimulatorError } from "./simulator-error.ts";
import { type Seed, World } from "./world.ts";

export interface SimulatorOptions {
  /** A free one by default. */
  readonly port?: number;
  /** 127.0.0.1 by default. */
  readonly host?: string;
  readonly seed?: Seed;
  /** `hcp` by default. */
  readonly edition?: Edition;
  /** Where its API begins; `/api/v2/` by default. */
  readonly basePath?: string;
  /** Requests that a user may make in a second, as Terraform Cloud has 30; none if absent. */
  readonly rateLimit?: number;
  /** With it, it speaks HTTPS. */
  readonly tls?: TlsOptions;
}

/** PEM. */
export interface TlsOptions {
  readonly key: string;
  readonly cert: string;
}

/** What to configure a client with: the ids of the default seed, and a token of its owner. */
export type SimulatorCredentials = { readonly [K in keyof typeof SEEDED]: string } & {
  readonly token: string;
};

export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly status: number;
}

/** A request that is under way. */
export interface SimulatorEvent {
  readonly method: string;
  readonly path: string;
  /** Before anything is done; when all is done and not yet answered; when all of the answer is sent. */
  readonly moment: "received" | "acted" | "answered";
}

/** A Terraform Cloud that runs. */
export interface Simulator extends AsyncDisposable {
  /** Such as `http://127.0.0.1:8080`. */
  readonly address: string;
  readonly world: World;
  readonly credentials: SimulatorCredentials;
  /** What was asked so far, and with what outcome; no tokens. */
  readonly requests: readonly RecordedRequest[];
  /** As in the options. */
  rateLimit: number | undefined;
  /** As in the options: the same server, as if another release were installed. */
  edition: Edition;
  /** Sees each request at each of its moments, and holds it up as long as it waits. What goes wrong is never answered. */
  onRequest: ((event: SimulatorEvent) => void | Promise<void>) | undefined;
  /** Says which requests go wrong, and how; they are recorded with status 0 if nothing is done. */
  fault: ((request: { readonly method: string; readonly path: string }) => Fault | undefined) | undefined;
  /** Cuts all connections: answers that are under way are lost. */
  cutConnections(): void;
  /** Shows another certificate from now on, also to those that were connected. PEM; for a simulator that speaks HTTPS. */
  useCertificate(tls: TlsOptions): void;
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 1024 * 1024;
const RATE_LIMIT = 30;

const ROUTES: readonly Route[] = [
  ...accountRoutes,
  ...organizationRoutes,
  ...singletonTokenRoutes,
  ...tokenRoutes,
  { method: "GET", pattern: "ping", answer: () => ({ status: 204 }) },
];

/** Starts a real HTTP server that behaves like Terraform Cloud. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { port = 0, host = "127.0.0.1", seed = DEFAULT_SEED, tls } = options;
  const place: Place = { basePath: options.basePath ?? "/api/v2/", quota: new RequestQuota() };
  const world = new World(seed);
  const requests: RecordedRequest[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = "", url: path = "" } = request;
    await simulator.onRequest?.({ method, path, moment: "received" });
    const fault = simulator.fault?.({ method, path });
    if (fault !== undefined && !isDone(fault)) {
      requests.push({ method, path, status: 0 });
      return await answerWith(fault, response, undefined);
    }
    const { status, document, reset = 0 } = await handle(simulator, place, request);
    await simulator.onRequest?.({ method, path, moment: "acted" });
    requests.push({ method, path, status });
    if (fault !== undefined) return await answerWith(fault, response, document);
    response.once("finish", () => void simulator.onRequest?.({ method, path, moment: "answered" }));
    respond(response, simulator, { status, document, reset });
  };
  const listener = (request: IncomingMessage, response: ServerResponse) =>
    void answer(request, response).catch((error: unknown) => {
      // A client that has gone before all of its request came gets no answer.
      if (request.complete) throw error;
    });
  const secure = tls && createSecureServer(tls, listener);
  const server = secure ?? createServer(listener);
  server.listen(port, host);
  await once(server, "listening");
  const address = server.address();
  const close = async () => {
    server.closeAllConnections();
    if (!server.listening) return;
    server.close();
    await once(server, "close");
  };
  const simulator: Simulator = {
    address: `http${tls ? "s" : ""}://${host}:${typeof address === "object" ? address?.port : port}`,
    world,
    credentials: {
      ...SEEDED,
      token: world.grant({ type: "users", id: SEEDED.userId }, { description: "operator" }).text,
    },
    requests,
    rateLimit: options.rateLimit,
    edition: options.edition ?? "hcp",
    onRequest: undefined,
    fault: undefined,
    cutConnections: () => server.closeAllConnections(),
    useCertificate(other) {
      secure?.setSecureContext(other);
      server.closeAllConnections();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
  return simulator;
}

/** Where its API begins, and how much of it there is for each. */
interface Place {
  readonly basePath: string;
  readonly quota: RequestQuota;
}

interface LimitedAnswer extends RouteAnswer {
  /** Seconds until there may be more requests. */
  readonly reset?: number;
}

/** Its status is a number here, and a text in all other errors: as Terraform Cloud has it. */
const TOO_MANY_REQUESTS = {
  errors: [{ detail: "You have exceeded the API's rate limit.", status: 429, title: "Too many requests" }],
};

/** Each request passes here. */
async function handle(
  { world, rateLimit, edition }: Pick<Simulator, "world" | "rateLimit" | "edition">,
  { basePath, quota }: Place,
  request: IncomingMessage,
): Promise<LimitedAnswer> {
  try {
    const body = await readBody(request);
    const actor = world.authenticate(/^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "");
    if (!actor) throw new SimulatorError(401, "unauthorized");
    if (rateLimit !== undefined) {
      const { isWithin, reset } = quota.take(`${actor.owner.type}/${actor.owner.id}`, rateLimit);
      if (!isWithin) return { status: 429, document: TOO_MANY_REQUESTS, reset };
    }
    const [url = "", query] = request.url?.split("?") ?? [];
    const path = url.startsWith(basePath) ? url.slice(basePath.length) : "";
    const found = hasPath(edition, path) ? findRoute(ROUTES, request.method, path) : undefined;
    if (!found) throw new SimulatorError(404, "not found");
    return found.route.answer({
      world,
      edition,
      actor,
      params: found.params,
      query: new URLSearchParams(query),
      attributes: attributesOf(body),
    });
  } catch (error) {
    if (!(error instanceof SimulatorError)) throw error;
    const { status, message: title, detail } = error;
    return { status, document: { errors: [{ status: String(status), title, ...(detail && { detail }) }] } };
  }
}

function respond(
  response: ServerResponse,
  { world, edition }: Pick<Simulator, "world" | "edition">,
  { status, document, reset = 0 }: LimitedAnswer,
): void {
  response.writeHead(status, {
    date: new Date(world.now).toUTCString(),
    "tfp-api-version": "2.6",
    "tfp-appname": appName(edition),
    "x-ratelimit-limit": String(RATE_LIMIT),
    "x-ratelimit-reset": reset.toFixed(3),
    ...(document !== undefined && { "content-type": "application/vnd.api+json; charset=utf-8" }),
  });
  response.end(document === undefined ? undefined : JSON.stringify(document));
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new SimulatorError(413, "payload too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Any type of document is taken, as Terraform Cloud takes it, and none as well. */
function attributesOf(body: string): Readonly<Record<string, unknown>> {
  if (body === "") return {};
  try {
    const document = JSON.parse(body) as { data?: { attributes?: Record<string, unknown> } };
    return document.data?.attributes ?? {};
  } catch {
    throw new SimulatorError(400, "bad request", "the body is not JSON");
  }
}
