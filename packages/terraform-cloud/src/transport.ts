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

/** A complete HTTP response. */
export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly text: string;
  /** The `Date`, in milliseconds since 1970; undefined if absent. */
  readonly date: number | undefined;
  /** The `X-RateLimit-Limit`, in requests a second; undefined if absent. */
  readonly rateLimit: number | undefined;
  /**
   * The `X-RateLimit-Reset`: milliseconds until more requests are accepted; undefined if absent.
   */
  readonly rateResetMs: number | undefined;
  /** The `TFP-AppName`: the edition of the server; undefined if absent. */
  readonly appName: string | undefined;
}

export interface HttpRequest {
  readonly method: "GET" | "POST" | "DELETE";
  /** The path below the origin, with its leading slash. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Aborts the request. */
  readonly signal: AbortSignal;
  /** Aborts the request as long as it is certainly not sent. */
  readonly unsentSignal?: AbortSignal | undefined;
}

/**
 * Sends one request to a host. Redirects are returned, not followed.
 *
 * @throws TerraformCloudError `too_large` or `malformed`; NotSentError; or the error of the
 * connection.
 */
export type Transport = (request: HttpRequest) => Promise<HttpAnswer>;

/**
 * Creates the transport to a host.
 *
 * @param origin `https://host`, with an optional port.
 * @throws TerraformCloudError `invalid_ca_cert`.
 */
export type Connect = (origin: string, options: TransportOptions) => Transport;

/** The API's responses have a few KB; a list of a thousand tokens has about 500. */
const MAX_BODY_BYTES = 1024 * 1024;

/** How long an idle connection stays open: shorter than on servers and load balancers. */
const IDLE_TIMEOUT_MS = 4000;

/**
 * The limit of connections: a slow host must not use up the process's file descriptors. Further
 * requests wait. HCP Terraform's 30 requests a second, each of which may hang for 60 seconds, stay
 * below it: calls that hang for one organization leave connections for the others. With TLS, so
 * many connections take 150 MB.
 */
const MAX_SOCKETS = 1800;

export interface TransportOptions {
  /** PEM of authorities to trust in addition to those of the system. */
  readonly caCert?: string | undefined;
  /** Where proxies and the system's authorities are looked up. */
  readonly env: Environment;
  /** The time limit of a request, from which those of attempts to connect derive. */
  readonly requestTimeoutMs: number;
  /** Resolves names; `dns.lookup` by default. */
  readonly lookup?: LookupFunction;
}

/**
 * Creates a transport to one host, with keep-alive connections, through a proxy if one is set.
 *
 * @param origin `https://host`, with an optional port.
 * @throws TerraformCloudError `invalid_ca_cert`.
 */
export function createTransport(origin: string, options: TransportOptions): Transport {
  const secure = origin.startsWith("https:");
  const trust = trustOf(options.caCert, options.env);
  const dialer = new Dialer(options.requestTimeoutMs, options.lookup ?? lookup);
  let connection: Promise<Agent> | undefined;
  /** After a failure, the next request prepares the connection again. */
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
  return async ({ body, path, unsentSignal, ...options }) => {
    let mayBeSent = () => false;
    const unsent = unsentSignal && new AbortController();
    const onAbort = () => {
      if (!mayBeSent()) unsent?.abort();
    };
    unsentSignal?.addEventListener("abort", onAbort);
    const signal = unsent ? AbortSignal.any([options.signal, unsent.signal]) : options.signal;
    try {
      unsentSignal?.throwIfAborted();
      connection ??= prepare();
      const agent = await connection.catch(again);
      const url = `${origin}${path}`;
      const request = (secure ? httpsRequest : httpRequest)(url, { ...options, agent, signal });
      request.once("socket", (socket) => dialer.watch(socket));
      mayBeSent = watchConnection(request);
      const answer = await answerTo(request, body, signal);
      return httpAnswer(answer.statusCode ?? 0, answer.headers, await readText(answer));
    } catch (error) {
      throw mayBeSent() ? error : new NotSentError(error as Error);
    } finally {
      unsentSignal?.removeEventListener("abort", onAbort);
    }
  };
}

/**
 * Returns the parts of a response that the client needs.
 *
 * @param headers By their names in lower case.
 */
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

/** A request that failed before its connection was established: it was never sent. */
export class NotSentError extends Error {
  override readonly name = "NotSentError";
  override readonly cause: Error;

  constructor(cause: Error) {
    super(cause.message);
    this.cause = cause;
  }
}

/** Sends a request. @throws TerraformCloudError `malformed`; or the error of the connection. */
async function answerTo(
  request: ClientRequest,
  body: string | undefined,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  // A failure after the response has begun is for its reader.
  request.on("error", () => {});
  // Node announces none by itself where it is a DELETE's: it would be taken for the next request.
  if (body !== undefined) request.setHeader("content-length", Buffer.byteLength(body));
  request.end(body);
  // Node.js has detached the socket, and reports neither a response nor an error.
  request.once("upgrade", (_, socket) => {
    socket.destroy();
    const why = "unexpected response: 101 switching protocols";
    request.emit("error", new TerraformCloudError("malformed", why, { status: 101 }));
  });
  // The request has the signal too, but emits nothing when it is aborted without a connection.
  const [answer] = await once(request, "response", { signal });
  return answer;
}

/**
 * @returns a function that returns whether the request may have been sent: only after the
 * connection is established and its certificate is verified.
 */
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

function openAgent(
  secure: boolean,
  dialer: Dialer,
  secureContext: SecureContext | undefined,
): Agent {
  const options = {
    ...dialer.options,
    keepAlive: true,
    timeout: IDLE_TIMEOUT_MS,
    maxSockets: MAX_SOCKETS,
  };
  if (!secure) return new HttpAgent(options);
  // Explicit, since `NODE_TLS_REJECT_UNAUTHORIZED` may be set in the server's environment.
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
    // Leaving the loop closes the connection: the rest is not read.
    if (size > MAX_BODY_BYTES) {
      throw new TerraformCloudError(
        "too_large",
        `unexpected response: larger than ${MAX_BODY_BYTES} bytes`,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
