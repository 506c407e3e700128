import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import * as v from "valibot";
import { explainFailure } from "./connection-failure.ts";
import { errorText, isJson, JSON_API } from "./json-api.ts";
import type { Environment } from "./proxy-rules.ts";
import { type Priority, RateLimiter } from "./rate-limiter.ts";
import { pauseBeforeRetry } from "./retry.ts";
import { SharedInstances } from "./shared-instances.ts";
import { TerraformCloudError, type TerraformCloudErrorCode } from "./terraform-cloud-error.ts";
import {
  type Connect,
  createTransport,
  type HttpAnswer,
  type HttpRequest,
  NotSentError,
} from "./transport.ts";

export interface ClientOptions {
  /** `https://app.terraform.io`, or the address of a Terraform Enterprise: scheme and host, and a port where need be. */
  readonly address: string;
  /** Where the API begins, with or without a slash at the end; `/api/v2/` by default. */
  readonly basePath?: string;
  readonly token: string;
  /** PEM of certificates to trust beside those of the system's store: authorities, also intermediate ones, or the host's own. */
  readonly caCert?: string;
  /** The longest that one call may take, with all its attempts, once it is its turn; 30,000 by default. */
  readonly requestTimeoutMs?: number;
  readonly userAgent?: string;
  /**
   * Where variables of proxies (`TERRAFORM_HTTPS_PROXY`, `HTTPS_PROXY` and so on) and of the system's authorities
   * (`SSL_CERT_FILE`, `SSL_CERT_DIR`) are looked up; `process.env` by default.
   */
  readonly env?: Environment;
}

/** One call of the API. */
export interface ApiCall {
  /** What it is for, in words that finish "to …": part of every error message. */
  readonly purpose: string;
  readonly method: HttpRequest["method"];
  /** Below the base path; made by `path`. */
  readonly path: string;
  /** The attributes of the document to send. */
  readonly attributes?: Readonly<Record<string, unknown>>;
  /** The type of the document to send; `authentication-tokens` by default. */
  readonly type?: string;
  /** Which calls go first where the server's limit makes them wait; high if absent. */
  readonly priority?: Priority;
}

/** Who waits for calls, and for how long. */
export interface Caller {
  /** Ends calls; one that creates something (POST) only until it is sent: what became of it would not be known. */
  readonly signal?: AbortSignal;
  /** When calls end at the latest, whatever they do: a moment of `performance.now()`, in milliseconds. */
  readonly deadline?: number;
}

/** What all parts of the client call Terraform Cloud through: the one place that each request passes. */
export interface Api {
  /** The same, for a caller. */
  for(caller: Caller): Api;
  /** Terraform Cloud's time, in milliseconds since 1970, as its last answer had it; undefined before the first one. */
  serverTime(): number | undefined;
  /** What the server called itself in its last answer; undefined if it didn't, as some Enterprises don't. */
  appName(): string | undefined;
  /** The answer's document. */
  get<T>(call: ApiCall, schema: v.GenericSchema<unknown, T>): Promise<T>;
  /** For calls whose answer has no document. */
  send(call: ApiCall): Promise<void>;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_USER_AGENT = "vault-plugin-secrets-terraform";

/**
 * The API's limit for each user, until it says another: its second, and some more, since calls don't all take as long to arrive. And how
 * long a call may wait for its turns, which with the time that it may take itself makes 90 seconds at most. And how long revocations let creds
 * go before them: else, where creds take all that there is, no lease could end.
 */
const RATE = { limit: 30, windowMs: 1010, maxWaitMs: 30_000, patienceMs: 15_000 };

/** How long to make a break when there were too many requests, and the server doesn't say until when. */
const DEFAULT_RESET_MS = 250;

/** A path of names that can't leave their segment, whatever is in them. @throws TerraformCloudError `invalid`. */
export function path(texts: TemplateStringsArray, ...names: readonly string[]): string {
  return String.raw({ raw: texts }, ...names.map(encodeSegment));
}

function encodeSegment(name: string): string {
  if (/^\.{0,2}$/.test(name))
    throw new TerraformCloudError("invalid", `"${name}" can't be part of a request to Terraform Cloud`);
  return encodeURIComponent(name);
}

/** A server's limit is for all that call it with a token, over the same connections. */
const limiters = new WeakMap<Connect, SharedInstances<RateLimiter>>();

function limiterOf(connect: Connect, origin: string, token: string): RateLimiter {
  const shared = limiters.get(connect) ?? new SharedInstances<RateLimiter>();
  limiters.set(connect, shared);
  const key = `${origin} ${createHash("sha256").update(token).digest("hex")}`;
  return shared.get(key, () => new RateLimiter(RATE));
}

/** @throws TerraformCloudError `invalid_address` or `invalid_ca_cert`. */
export function createApi(options: ClientOptions, connect: Connect = createTransport): Api {
  const {
    basePath = "/api/v2/",
    requestTimeoutMs = DEFAULT_TIMEOUT_MS,
    userAgent = DEFAULT_USER_AGENT,
  } = options;
  const root = basePath.endsWith("/") ? basePath : `${basePath}/`;
  const origin = originOf(options.address);
  const { caCert, env = process.env, token } = options;
  const send = connect(origin, { caCert, env, requestTimeoutMs });
  const limiter = limiterOf(connect, origin, token);
  let serverClock: { readonly time: number; readonly at: number } | undefined;
  let appName: string | undefined;

  /** One attempt, which may take so many milliseconds of those that the call has. */
  const attempt = async (
    call: ApiCall,
    caller: Caller,
    { leftMs, limitMs }: { readonly leftMs: number; readonly limitMs: number },
  ): Promise<HttpAnswer> => {
    const { method, attributes, type = "authentication-tokens" } = call;
    const signal = method === "POST" ? undefined : caller.signal;
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
        ...(attributes && { body: JSON.stringify({ data: { type, attributes } }) }),
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      });
      // What doesn't speak JSON is something before the API, and knows nothing of its limits.
      if (isJson(answer.contentType)) {
        limiter.learn(answer.rateLimit);
        appName = answer.appName;
        if (answer.date !== undefined) serverClock = { time: answer.date, at: performance.now() };
      }
      if (answer.status === 429) limiter.pause(answer.rateResetMs ?? DEFAULT_RESET_MS);
      const refusal = refusalOf(answer, options.token);
      if (refusal) throw refusal;
      return answer;
    } catch (error) {
      const late = `no answer within ${limitMs / 1000} seconds`;
      if (signal?.aborted) throw describe(call.purpose, error, ["aborted", "the request was cancelled"]);
      throw describe(call.purpose, error, timeout.aborted ? ["timeout", late] : undefined);
    }
  };

  /** Waits for its turn, and tries again where that does no harm. The time of waiting for a turn isn't counted. */
  const exchange = async (call: ApiCall, caller: Caller): Promise<HttpAnswer> => {
    const { signal, deadline = Number.POSITIVE_INFINITY } = caller;
    const limitMs = Math.min(requestTimeoutMs, Math.round(deadline - performance.now()));
    let leftMs = requestTimeoutMs;
    let waitedMs = 0;
    let mayBeDone = false;
    const failure = (error: TerraformCloudError) => (mayBeDone ? error.withOutcomeUnknown() : error);
    for (let tries = 1; ; tries += 1) {
      const asked = performance.now();
      await limiter.turn(call.priority ?? "high", signal, waitedMs).catch((error: unknown) => {
        throw failure(describe(call.purpose, error));
      });
      const start = performance.now();
      waitedMs += start - asked;
      leftMs = Math.min(leftMs, deadline - start);
      if (leftMs <= 0) throw failure(describe(call.purpose, new NotSentError(new Error("no time is left"))));
      try {
        return await attempt(call, caller, { leftMs, limitMs });
      } catch (error) {
        if (!(error instanceof TerraformCloudError)) throw error;
        const pauseMs = pauseBeforeRetry(error, call.method, tries);
        leftMs -= performance.now() - start + (pauseMs ?? 0);
        if (pauseMs === undefined || leftMs <= 0 || signal?.aborted) throw failure(error);
        mayBeDone ||= !error.notApplied;
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
      const parsed = v.safeParse(schema, isJson(answer.contentType) ? parseJson(answer.text) : undefined);
      if (parsed.success) return parsed.output;
      throw malformed(call, answer);
    },
    async send(call) {
      const answer = await exchange(call, caller);
      // A page of something before the API says nothing of what the API has done.
      if (answer.status !== 204 && !isJson(answer.contentType)) throw malformed(call, answer);
    },
  });
  return apiFor({});
}

/** A scheme, a host, a port: nothing that a reader could take for another host, and nothing secret. */
const ADDRESS = /^https?:\/\/[^\s\p{Cc}/\\?#@]+\/?$/iu;

/** The origin of an address. @throws TerraformCloudError `invalid_address`. */
export function originOf(address: string): string {
  if (ADDRESS.test(address) && URL.canParse(address)) return new URL(address).origin;
  throw new TerraformCloudError(
    "invalid_address",
    "address takes http:// or https:// and a host, such as https://app.terraform.io",
  );
}

const REFUSALS: Readonly<Record<number, TerraformCloudErrorCode>> = {
  400: "invalid",
  401: "unauthorized",
  403: "forbidden",
  404: "not_found",
  409: "invalid",
  412: "invalid",
  422: "invalid",
  429: "rate_limited",
};

/** The error that an answer with a status other than 2xx is. */
function refusalOf(
  { status, contentType, text }: HttpAnswer,
  token: string,
): TerraformCloudError | undefined {
  if (status >= 200 && status < 300) return undefined;
  const said = isJson(contentType) ? errorText(parseJson(text), token) : undefined;
  if (status < 400)
    return new TerraformCloudError("redirected", "it redirects to somewhere else, which is never followed", {
      status,
    });
  if (status === 404 && said === undefined) {
    return new TerraformCloudError(
      "not_found_unproven",
      "the address answers 404, and not as Terraform Cloud does",
      { status },
    );
  }
  const code = REFUSALS[status] ?? (status >= 500 ? "server_error" : "malformed");
  return new TerraformCloudError(code, [status, said].filter(Boolean).join(" "), { status });
}

/** The error that an answer with a status of 2xx is, and a content that isn't the API's. */
function malformed({ purpose }: ApiCall, { status }: HttpAnswer): TerraformCloudError {
  return new TerraformCloudError(
    "malformed",
    `Terraform Cloud's answer, when asked to ${purpose}, is not what its API promises`,
    { status },
  );
}

/**
 * Whatever a call failed with, as an error that says what the call was for.
 *
 * @param ended Why this side has ended it, if it has.
 */
function describe(
  purpose: string,
  error: unknown,
  ended?: readonly [code: TerraformCloudErrorCode, why: string],
): TerraformCloudError {
  const sentence = (what: string) => `Terraform Cloud could not be asked to ${purpose}: ${what}`;
  if (error instanceof TerraformCloudError) {
    const refused =
      error.status !== undefined && error.code !== "redirected" && error.code !== "not_found_unproven";
    const message = refused
      ? `Terraform Cloud refused to ${purpose}: ${error.message}`
      : sentence(error.message);
    return new TerraformCloudError(error.code, message, {
      cause: error.cause,
      notApplied: error.notApplied,
      ...(error.status !== undefined && { status: error.status }),
    });
  }
  const notApplied = error instanceof NotSentError;
  const cause = notApplied ? error.cause : error;
  const failure = (code: TerraformCloudErrorCode, what: string) =>
    new TerraformCloudError(code, sentence(what), { cause, notApplied });
  if (ended) return failure(...ended);
  const { isTls, why } = explainFailure(cause);
  return failure(isTls ? "tls" : "unreachable", why);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
