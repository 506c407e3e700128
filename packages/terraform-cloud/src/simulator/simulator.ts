import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { answerRequest, refuse, type Site, type SiteAnswer } from "./answer-request.ts";
import type { Edition } from "./edition.ts";
import { answerWith, type Fault, isDone } from "./fault.ts";
import { RequestQuota } from "./request-quota.ts";
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
  /**
   * The rate limit of each user, in requests a second; Terraform Cloud's is 30. If absent, none is
   * applied, though responses state 30; if null, they state none, as a Terraform Enterprise without
   * a limit.
   */
  readonly rateLimit?: number | null;
  /** Makes it serve HTTPS. */
  readonly tls?: TlsOptions;
}

/** PEM. */
export interface TlsOptions {
  readonly key: string;
  readonly cert: string;
}

/** For the configuration of a client: the ids of the default seed, and a token of its owner. */
export type SimulatorCredentials = { readonly [K in keyof typeof SEEDED]: string } & {
  readonly token: string;
};

export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly status: number;
}

/** A request in progress. */
export interface SimulatorEvent {
  readonly method: string;
  readonly path: string;
  /** Before the request is applied; after that, before the response; after the response is sent. */
  readonly moment: "received" | "acted" | "answered";
}

/** A running simulator. */
export interface Simulator extends AsyncDisposable {
  /** Such as `http://127.0.0.1:8080`. */
  readonly address: string;
  readonly world: World;
  readonly credentials: SimulatorCredentials;
  /** The requests so far and their outcomes, without tokens. */
  readonly requests: readonly RecordedRequest[];
  /** As in the options. */
  rateLimit: number | null | undefined;
  /** As in the options: a change is like an upgrade of the same server. */
  edition: Edition;
  /**
   * Called at each stage of each request, which it delays until it returns. If it throws, the
   * connection is cut: a request that has no response yet gets none.
   */
  onRequest: ((event: SimulatorEvent) => void | Promise<void>) | undefined;
  /**
   * Chooses the fault of each request; faulty requests that aren't applied are recorded with status
   * 0.
   */
  fault:
    | ((request: { readonly method: string; readonly path: string }) => Fault | undefined)
    | undefined;
  /** Cuts all connections: responses in progress are lost. */
  cutConnections(): void;
  /** Replaces the certificate, also for connected clients. PEM; for a simulator with HTTPS. */
  useCertificate(tls: TlsOptions): void;
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 1024 * 1024;

/** Starts a real HTTP server that behaves like Terraform Cloud. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { port = 0, host = "127.0.0.1", seed = DEFAULT_SEED, tls } = options;
  const basePath = options.basePath ?? "/api/v2/";
  const quota = new RequestQuota();
  const world = new World(seed);
  const requests: RecordedRequest[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = "", url: path = "" } = request;
    /** Returns whether the request is to be handled further. */
    const reach = async (moment: SimulatorEvent["moment"]): Promise<boolean> => {
      try {
        await simulator.onRequest?.({ method, path, moment });
        return true;
      } catch {
        response.destroy();
        return false;
      }
    };
    if (!(await reach("received"))) return;
    const fault = simulator.fault?.({ method, path });
    if (fault !== undefined && !isDone(fault)) {
      requests.push({ method, path, status: 0 });
      return await answerWith(fault, response, undefined);
    }
    const { rateLimit, edition } = simulator;
    const answered = await handle({ world, edition, basePath, rateLimit, quota }, request);
    if (!(await reach("acted"))) return;
    requests.push({ method, path, status: answered.status });
    if (fault !== undefined) return await answerWith(fault, response, answered.document);
    response.once("finish", () => void reach("answered"));
    respond(response, answered);
  };
  const listener = (request: IncomingMessage, response: ServerResponse) =>
    void answer(request, response).catch((error: unknown) => {
      // A client that disconnected before its request was read gets no response.
      if (!request.errored) throw error;
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

/** Handles each request, once it is complete. */
async function handle(site: Site, request: IncomingMessage): Promise<SiteAnswer> {
  try {
    const body = await readBody(request);
    const { method = "", url: path = "" } = request;
    return answerRequest(site, {
      method,
      path,
      authorization: request.headers.authorization,
      body,
    });
  } catch (error) {
    if (error instanceof SimulatorError) return refuse(site, error);
    throw error;
  }
}

function respond(response: ServerResponse, { status, headers, document }: SiteAnswer): void {
  response.writeHead(status, headers);
  response.end(document === undefined ? undefined : JSON.stringify(document));
}

/** @throws SimulatorError 413 for one that is too large. */
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
