import { lookup } from "node:dns";
import { once } from "node:events";
import {
  type Agent,
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { LookupFunction } from "node:net";
import { type SecureContext, TLSSocket } from "node:tls";
import { Dialer } from "./dialer.ts";
import { type Environment, proxyFor } from "./proxy-rules.ts";
import { tunnelled } from "./proxy-tunnel.ts";
import { TerraformCloudError } from "./terraform-cloud-error.ts";
import { trustOf } from "./trust.ts";

/** An HTTP answer, read whole. */
export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly text: string;
  /** The server's time when it answered, in milliseconds since 1970; undefined if it doesn't say. */
  readonly date: number | undefined;
  /** Requests in a second, as `X-RateLimit-Limit` says; undefined if it doesn't. */
  readonly rateLimit: number | undefined;
  /** Milliseconds until there may be more requests, as `X-RateLimit-Reset` says; undefined if it doesn't. */
  readonly rateResetMs: number | undefined;
  /** What the server calls itself, as `TFP-AppName` says; undefined if it doesn't. */
  readonly appName: string | undefined;
}

export interface HttpRequest {
  readonly method: "GET" | "POST" | "DELETE";
  /** Below the origin, with its leading slash. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

/**
 * Sends one request to a host. Redirects are answers like any other.
 *
 * @throws TerraformCloudError `too_large`; NotSentError; or whatever the connection failed with.
 */
export type Transport = (request: HttpRequest) => Promise<HttpAnswer>;

/**
 * Makes the way to a host.
 *
 * @param origin `https://host`, perhaps with a port.
 * @throws TerraformCloudError `invalid_ca_cert`.
 */
export type Connect = (origin: string, options: TransportOptions) => Transport;

/** The API's answers have a few KB; a list of a thousand tokens has some 500. */
const MAX_BODY_BYTES = 1024 * 1024;

/** How long an idle connection is kept: less than servers, and the balancers before them, keep theirs. */
const IDLE_TIMEOUT_MS = 4000;

/** A host that takes long, or never answers, must not use up the process's descriptors: what comes beyond waits for a connection. */
const MAX_SOCKETS = 100;

export interface TransportOptions {
  /** PEM of authorities to trust beside those of the system. */
  readonly caCert?: string | undefined;
  /** Where proxies and the system's authorities are looked up. */
  readonly env: Environment;
  /** The longest that a request takes: attempts to connect are given so much less. */
  readonly requestTimeoutMs: number;
  /** How names are looked up; `dns.lookup` by default. */
  readonly lookup?: LookupFunction;
}

/**
 * Connections to one host, kept alive between calls that follow one another, and perhaps through a proxy.
 *
 * @param origin `https://host`, perhaps with a port.
 * @throws TerraformCloudError `invalid_ca_cert`.
 */
export function createTransport(origin: string, options: TransportOptions): Transport {
  const secure = origin.startsWith("https:");
  const trust = trustOf(options.caCert, options.env);
  const dialer = new Dialer(options.requestTimeoutMs, options.lookup ?? lookup);
  let connection: Promise<Agent> | undefined;
  /** What couldn't be prepared is tried anew by the next request. */
  const again = (error: unknown): never => {
    connection = undefined;
    throw error;
  };
  const prepare = async (): Promise<Agent> => {
    const proxy = proxyFor(origin, options.env);
    const needsTrust = secure || proxy?.url.protocol === "https:";
    const secureContext = needsTrust ? await trust.context() : undefined;
    const agent = openAgent(secure, dialer, secureContext);
    if (proxy) agent.createConnection = tunnelled(origin, { proxy, dialer, secureContext });
    return agent;
  };
  return async ({ body, path, ...request }) => {
    connection ??= prepare();
    const agent = await connection.catch(again);
    const sent = (secure ? httpsRequest : httpRequest)(`${origin}${path}`, { ...request, agent });
    sent.once("socket", (socket) => dialer.watch(socket));
    const answer = await answerTo(sent, body, request.signal);
    return httpAnswer(answer.statusCode ?? 0, answer.headers, await readText(answer));
  };
}

/** What the client needs of an answer. @param headers By their names in lower case. */
export function httpAnswer(status: number, headers: IncomingHttpHeaders, text: string): HttpAnswer {
  return {
    status,
    contentType: headers["content-type"],
    text,
    date: Date.parse(headers.date ?? "") || undefined,
    rateLimit: positive(headers["x-ratelimit-limit"]),
    rateResetMs: milliseconds(headers["x-ratelimit-reset"]),
    appName: [headers["tfp-appname"]].flat()[0],
  };
}

/** A request failed before there was a connection that it could go out on. */
export class NotSentError extends Error {
  override readonly name = "NotSentError";
  override readonly cause: Error;

  constructor(cause: Error) {
    super(cause.message);
    this.cause = cause;
  }
}

/** Sends a request. @throws NotSentError; or whatever the connection failed with. */
async function answerTo(
  request: ClientRequest,
  body: string | undefined,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const isOpen = watchConnection(request);
  // What fails once there is an answer is for its reader to find.
  request.on("error", () => {});
  request.end(body);
  try {
    // The request has the signal too, but while it has no connection, it tells nothing of its end.
    const [answer] = await once(request, "response", { signal });
    return answer;
  } catch (error) {
    throw isOpen() ? error : new NotSentError(error as Error);
  }
}

/** @returns tells whether the request may have gone out by now: not before the host is reached, and its certificate is found to be right. */
function watchConnection(request: ClientRequest): () => boolean {
  let isOpen = () => false;
  request.once("socket", (socket) => {
    let isConnected = !socket.connecting;
    if (socket.connecting) {
      socket.once("connect", () => {
        isConnected = true;
      });
    }
    isOpen = () => (socket instanceof TLSSocket ? socket.authorized : isConnected);
  });
  return () => isOpen();
}

function openAgent(secure: boolean, dialer: Dialer, secureContext: SecureContext | undefined): Agent {
  const options = {
    ...dialer.options,
    keepAlive: true,
    timeout: IDLE_TIMEOUT_MS,
    maxSockets: MAX_SOCKETS,
  };
  if (!secure) return new HttpAgent(options);
  // Said, and not left to the environment: `NODE_TLS_REJECT_UNAUTHORIZED` is the server's, too.
  return new HttpsAgent({ ...options, secureContext, rejectUnauthorized: true });
}

function positive(header: string | string[] | undefined): number | undefined {
  const number = Number(header);
  return header !== undefined && number > 0 ? number : undefined;
}

/** From seconds, with a fraction. */
function milliseconds(header: string | string[] | undefined): number | undefined {
  const seconds = Number(header);
  return header !== undefined && seconds >= 0 ? seconds * 1000 : undefined;
}

async function readText(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length;
    // Leaving the loop closes the connection: what is still to come is not read.
    if (size > MAX_BODY_BYTES) {
      throw new TerraformCloudError("too_large", `unexpected response: larger than ${MAX_BODY_BYTES} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
