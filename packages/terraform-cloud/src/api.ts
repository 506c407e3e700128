import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import * as v from "valibot";
import { originOf, rootOf } from "./address.ts";
import { callError, sendError, statusError, unexpectedContent } from "./call-errors.ts";
import { isJson, JSON_API, parseJson } from "./json-api.ts";
import type { Environment } from "./proxy-rules.ts";
import { type Priority, RateLimiter } from "./rate-limiter.ts";
import { pauseBeforeRetry } from "./retry.ts";
import { SharedInstances } from "./shared-instances.ts";
import { TerraformCloudError } from "./terraform-cloud-error.ts";
import {
  type Connect,
  createTransport,
  type HttpAnswer,
  type HttpRequest,
  NotSentError,
} from "./transport.ts";

export interface ClientOptions {
  /** `https://app.terraform.io`, or the address of a Terraform Enterprise: scheme, host, port. */
  readonly address: string;
  /** Where the API begins, with or without slashes at its ends; `/api/v2/` by default. */
  readonly basePath?: string;
  readonly token: string;
  /**
   * Certificates in PEM to trust in addition to those of the system's store: root or intermediate
   * authorities, or the host's own certificate.
   */
  readonly caCert?: string;
  /**
   * The time limit of one call with all its attempts, without the time that it waits for the rate
   * limit; 30,000 by default.
   */
  readonly requestTimeoutMs?: number;
  readonly userAgent?: string;
  /**
   * Where variables of proxies (`TERRAFORM_HTTPS_PROXY`, `HTTPS_PROXY` and so on) and of the
   * system's authorities (`SSL_CERT_FILE`, `SSL_CERT_DIR`) are looked up; `process.env` by default.
   */
  readonly env?: Environment;
}

/** One call of the API. */
export interface ApiCall {
  /** What it does, as error messages begin: `reading token "at-1"`. */
  readonly operation: string;
  readonly method: HttpRequest["method"];
  /** Below the base path; created by `path`. */
  readonly path: string;
  /** The attributes of the document to send. */
  readonly attributes?: Readonly<Record<string, unknown>>;
  /** The type of the document to send; `authentication-tokens` by default. */
  readonly type?: string;
  /** Ids of resources of that type, for a document that names them instead. */
  readonly ids?: readonly string[];
  /** Which calls go first while the server's rate limit makes them wait; the caller's if absent. */
  readonly priority?: Priority;
}

/** Limits of the calls of one caller. */
export interface Caller {
  /** Cancels calls. A POST is cancelled only until it is sent: its outcome would be unknown. */
  readonly signal?: AbortSignal;
  /** When calls fail at the latest: a time of `performance.now()`, in milliseconds. */
  readonly deadline?: number;
  /** Which calls go first, of those that don't say so themselves; high if absent. */
  readonly priority?: Priority;
}

/** Sends the requests of all parts of the client. Calls fail with a `TerraformCloudError`. */
export interface Api {
  /** Returns the same API with the limits of a caller. */
  for(caller: Caller): Api;
  /**
   * Returns Terraform Cloud's time in milliseconds since 1970, by the date of its last response;
   * undefined before the first one.
   */
  serverTime(): number | undefined;
  /** Returns the `TFP-AppName` that the server stated last; undefined if a success had none. */
  appName(): string | undefined;
  /** Sends a call and returns the document of its response. */
  get<T>(call: ApiCall, schema: v.GenericSchema<unknown, T>): Promise<T>;
  /** Sends a call whose response has no document. */
  send(call: ApiCall): Promise<void>;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_USER_AGENT = "vault-plugin-secrets-terraform";

/**
 * - `limit`, `windowMs`: the API's rate limit for each user, until a response states another. The
 *   window is a little longer than a second, since calls take different times to arrive.
 * - `maxWaitMs`: with the time limit of a call, this makes at most 90 seconds.
 * - `patienceMs`: revocations go first after this time. Otherwise no lease could be revoked while
 *   reads of creds use up the rate.
 */
const RATE = { limit: 30, windowMs: 1010, maxWaitMs: 30_000, patienceMs: 15_000 };

/** How long to pause after a 429 without `X-RateLimit-Reset`. */
const DEFAULT_RESET_MS = 250;

/**
 * Builds a path. Each name stays within its segment, whatever characters it has.
 *
 * @throws TerraformCloudError `invalid` for an empty name, `.`, `..` and half a surrogate pair.
 */
export function path(strings: TemplateStringsArray, ...names: readonly string[]): string {
  return String.raw({ raw: strings }, ...names.map(encodeSegment));
}

function encodeSegment(name: string): string {
  if (/^\.{0,2}$|\p{Surrogate}/u.test(name))
    throw new TerraformCloudError("invalid", `"${name}" is not a valid name in a request path`);
  return encodeURIComponent(name);
}

/**
 * One limiter for each server and token, as the server's rate limit is; over the same connections.
 */
const limiters = new WeakMap<Connect, SharedInstances<RateLimiter>>();

function limiterOf(connect: Connect, origin: string, token: string): RateLimiter {
  const shared = limiters.get(connect) ?? new SharedInstances<RateLimiter>();
  limiters.set(connect, shared);
  const key = `${origin} ${createHash("sha256").update(token).digest("hex")}`;
  return shared.get(key, () => new RateLimiter(RATE));
}

/**
 * Creates an API for one address and one token.
 *
 * @throws TerraformCloudError `invalid_address` or `invalid_ca_cert`.
 */
export function createApi(options: ClientOptions, connect: Connect = createTransport): Api {
  const {
    basePath = "/api/v2/",
    requestTimeoutMs = DEFAULT_TIMEOUT_MS,
    userAgent = DEFAULT_USER_AGENT,
  } = options;
  const root = rootOf(basePath);
  const origin = originOf(options.address);
  const { caCert, env = process.env, token } = options;
  const send = connect(origin, { caCert, env, requestTimeoutMs });
  const limiter = limiterOf(connect, origin, token);
  let serverClock: { readonly time: number; readonly at: number } | undefined;
  let appName: string | undefined;

  /**
   * Sends a request once.
   *
   * @param leftMs The time left for the call.
   * @param limitMs The time limit of the whole call, for the message of a timeout.
   */
  const attempt = async (
    call: ApiCall,
    caller: Caller,
    { leftMs, limitMs }: { readonly leftMs: number; readonly limitMs: number },
  ): Promise<HttpAnswer> => {
    const { method } = call;
    const data = dataOf(call);
    const isIdempotent = method !== "POST";
    const timeout = AbortSignal.timeout(Math.ceil(leftMs));
    try {
      const answer = await send({
        method,
        path: `${root}${call.path}`,
        headers: {
          authorization: `Bearer ${options.token}`,
          accept: JSON_API,
          "content-type": JSON_API,
          "user-agent": userAgent,
        },
        ...(data !== undefined && { body: JSON.stringify({ data }) }),
        signal: caller.signal && isIdempotent ? AbortSignal.any([caller.signal, timeout]) : timeout,
        ...(!isIdempotent && { unsentSignal: caller.signal }),
      });
      const refused = statusError(answer, options.token);
      // A response without JSON is from something before the API, which has other limits.
      if (isJson(answer.contentType)) {
        // An error without these headers may be a gateway's.
        if (!refused || answer.rateLimit !== undefined) limiter.setLimit(answer.rateLimit);
        if (!refused || answer.appName !== undefined) appName = answer.appName;
        if (answer.date !== undefined) serverClock = { time: answer.date, at: performance.now() };
      }
      if (answer.status === 429) limiter.pause(answer.rateResetMs ?? DEFAULT_RESET_MS);
      if (refused) throw refused;
      return answer;
    } catch (error) {
      const isCanceled = isIdempotent || error instanceof NotSentError;
      if (caller.signal?.aborted && isCanceled)
        throw sendError(error, ["aborted", "the request was canceled"]);
      const late = `no response within ${Math.round(limitMs / 100) / 10}s`;
      throw sendError(error, timeout.aborted ? ["timeout", late] : undefined);
    }
  };

  /** Waits for the rate limit, sends a request, and retries it where that does no harm. */
  const exchange = async (call: ApiCall, caller: Caller): Promise<HttpAnswer> => {
    const { signal, deadline = Number.POSITIVE_INFINITY } = caller;
    const limitMs = Math.min(requestTimeoutMs, Math.round(deadline - performance.now()));
    const since = performance.now();
    let leftMs = requestTimeoutMs;
    let waitedMs = 0;
    let mayBeApplied = false;
    const failed = (error: unknown) =>
      error instanceof TerraformCloudError ? callError(call, error, mayBeApplied) : error;
    for (let tries = 1; ; tries += 1) {
      const asked = performance.now();
      await limiter
        .acquire(call.priority ?? caller.priority ?? "high", { signal, deadline, waitedMs, since })
        .catch((error: unknown) => {
          throw failed(error);
        });
      const start = performance.now();
      waitedMs += start - asked;
      leftMs = Math.min(leftMs, deadline - start);
      if (leftMs <= 0) {
        const cause =
          tries === 1
            ? "the time limit of the request passed before it was sent"
            : "the time limit of the request passed before it was retried";
        throw failed(new TerraformCloudError("timeout", cause, { notApplied: true }));
      }
      try {
        return await attempt(call, caller, { leftMs, limitMs });
      } catch (error) {
        if (!(error instanceof TerraformCloudError)) throw error;
        const pauseMs = pauseBeforeRetry(error, call.method, tries);
        leftMs -= performance.now() - start + (pauseMs ?? 0);
        if (pauseMs === undefined || leftMs <= 0 || signal?.aborted) throw failed(error);
        mayBeApplied ||= !error.notApplied;
        await sleep(pauseMs);
      }
    }
  };

  const apiFor = (caller: Caller): Api => ({
    for: apiFor,
    serverTime: () => serverClock && serverClock.time + performance.now() - serverClock.at,
    appName: () => appName,
    async get(call, schema) {
      const answer = await exchange(call, caller);
      const document = isJson(answer.contentType) ? parseJson(answer.text) : undefined;
      const parsed = v.safeParse(schema, document);
      if (parsed.success) return parsed.output;
      throw callError(call, unexpectedContent(answer, parsed.issues[0]));
    },
    async send(call) {
      const answer = await exchange(call, caller);
      // A page of something before the API doesn't show what the API has done.
      if (answer.status !== 204 && !isJson(answer.contentType)) {
        throw callError(call, unexpectedContent(answer));
      }
    },
  });
  return apiFor({});
}

/** The data of the document to send; undefined for none. */
function dataOf({ type = "authentication-tokens", attributes, ids }: ApiCall): unknown {
  if (ids) return ids.map((id) => ({ type, id }));
  return attributes && { type, attributes };
}
