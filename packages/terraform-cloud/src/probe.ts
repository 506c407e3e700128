import { originOf, rootOf } from "./address.ts";
import { explainFailure } from "./connection-failure.ts";
import { isJson } from "./json-api.ts";
import { type Environment, proxyFor } from "./proxy-rules.ts";
import { TerraformCloudError, type TerraformCloudErrorCode } from "./terraform-cloud-error.ts";
import { createTransport, NotSentError } from "./transport.ts";

export interface ProbeOptions {
  readonly address: string;
  /** Where the API begins, with or without a slash at the end. */
  readonly basePath: string;
  /** PEM of certificates to trust in addition to those of the system's store. */
  readonly caCert?: string | undefined;
  /** Where proxies and the system's authorities are looked up. */
  readonly env: Environment;
  readonly timeoutMs: number;
}

/** The result of a probe. */
export type ProbeOutcome =
  | {
      readonly answered: true;
      readonly status: number;
      /** Empty if the response has none. */
      readonly contentType: string;
      /** Whether the response is like one of the API: without content, or JSON. */
      readonly isApi: boolean;
      /** Milliseconds that its clock is ahead of this machine's; undefined if it doesn't say. */
      readonly skewMs: number | undefined;
      /** The rate limit in requests a second; undefined if it doesn't say. */
      readonly rateLimit: number | undefined;
      /** The variable that sets the proxy; undefined if there is none. */
      readonly proxy: string | undefined;
    }
  | { readonly answered: false; readonly code: TerraformCloudErrorCode; readonly why: string };

/**
 * Sends one request for the API's ping, without a token, with the proxy and the trust of a client.
 * Never throws.
 */
export async function probe(options: ProbeOptions): Promise<ProbeOutcome> {
  const { address, basePath, caCert, env, timeoutMs } = options;
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const origin = originOf(address);
    const send = createTransport(origin, { caCert, env, requestTimeoutMs: timeoutMs });
    const asked = Date.now();
    const path = `${rootOf(basePath)}ping`;
    const {
      status,
      contentType = "",
      date,
      rateLimit,
    } = await send({
      method: "GET",
      path,
      headers: { "user-agent": "vault-plugin-secrets-terraform" },
      signal,
    });
    return {
      answered: true,
      status,
      contentType,
      isApi: status === 204 || isJson(contentType),
      skewMs: date && date - (asked + Date.now()) / 2,
      rateLimit,
      proxy: proxyFor(origin, env)?.variable,
    };
  } catch (error) {
    if (signal.aborted)
      return { answered: false, code: "timeout", why: `no response within ${timeoutMs / 1000}s` };
    const cause = error instanceof NotSentError ? error.cause : error;
    if (cause instanceof TerraformCloudError)
      return { answered: false, code: cause.code, why: cause.message };
    const { isTls, why } = explainFailure(cause);
    return { answered: false, code: isTls ? "tls" : "unreachable", why };
  }
}
