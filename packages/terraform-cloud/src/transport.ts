import { once } from "node:events";
import {
  type Agent,
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from "node:http";
import { Agent as HttpsAgent, request as httpsRequest, type RequestOptions } from "node:https";
import { TLSSocket } from "node:tls";
import { getProxyForUrl } from "proxy-from-env";
import { authorities, parseCertificates } from "./authorities.ts";
import { tunnelled } from "./proxy-tunnel.ts";
import { TerraformCloudError } from "./terraform-cloud-error.ts";

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
 * @param caCert PEM of authorities to trust beside the well-known ones.
 * @throws TerraformCloudError `invalid_ca_cert`.
 */
export type Connect = (origin: string, caCert: string | undefined) => Transport;

/** The API's answers have a few KB; a list of a thousand tokens has some 500. */
const MAX_BODY_BYTES = 1024 * 1024;

/** How long an idle connection is kept: less than servers, and the balancers before them, keep theirs. */
const IDLE_TIMEOUT_MS = 4000;

/** A host that takes long, or never answers, must not use up the process's descriptors: what comes beyond waits for a connection. */
const MAX_SOCKETS = 100;

/**
 * Connections to one host, kept alive between calls that follow one another. A proxy is that of HTTPS_PROXY or HTTP_PROXY, unless
 * NO_PROXY names the host.
 *
 * @param origin `https://host`, perhaps with a port.
 * @param caCert PEM of authorities to trust beside the well-known ones.
 * @throws TerraformCloudError `invalid_ca_cert`.
 */
export function createTransport(origin: string, caCert: string | undefined): Transport {
  const secure = origin.startsWith("https:");
  const own = caCert ? parseCertificates(caCert) : [];
  let connection: Promise<RequestOptions> | undefined;
  /** What couldn't be prepared is tried anew by the next request. */
  const again = (error: unknown): never => {
    connection = undefined;
    throw error;
  };
  return async ({ body, path, ...options }) => {
    connection ??= prepare(origin, secure, own);
    const settings = { ...options, ...(await connection.catch(again)) };
    const request = (secure ? httpsRequest : httpRequest)(`${origin}${path}`, settings);
    const answer = await answerTo(request, body, options.signal);
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

/** Said, and not left to what the environment makes of Node: `NODE_TLS_REJECT_UNAUTHORIZED` and `NODE_OPTIONS` are the server's, too. */
const TLS = { rejectUnauthorized: true, minVersion: "TLSv1.2" } as const;

async function prepare(origin: string, secure: boolean, own: readonly string[]): Promise<RequestOptions> {
  const ca = secure ? await authorities(own, process.env) : undefined;
  return { agent: openAgent(origin, secure), ...TLS, ...(ca && { ca }) };
}

function openAgent(origin: string, secure: boolean): Agent {
  const options = { keepAlive: true, timeout: IDLE_TIMEOUT_MS, maxSockets: MAX_SOCKETS };
  const agent = secure ? new HttpsAgent(options) : new HttpAgent(options);
  const proxy = getProxyForUrl(origin);
  if (proxy !== "") agent.createConnection = tunnelled(origin, proxy);
  return agent;
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
      throw new TerraformCloudError("too_large", `the answer is larger than ${MAX_BODY_BYTES} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
