import { type ProbeOutcome, probe } from "@vault-ts/terraform-cloud";
import { type Finding, note, ok, wrong } from "./finding.ts";

/** Where, and with which authority, Terraform Cloud is called. */
export interface Upstream {
  readonly address: string;
  readonly basePath: string;
  /** PEM; empty for none. */
  readonly caCert: string;
}

const TIMEOUT_MS = 10_000;

/** More than this leaves tokens that expire too early, or too late. */
const MAX_SKEW_MS = 30_000;

/**
 * Whether Terraform Cloud is there for the plugin: name, proxy, certificate, what answers; and its
 * clock and its limit.
 */
export async function checkUpstream(
  upstream: Upstream,
  env: NodeJS.ProcessEnv,
): Promise<readonly Finding[]> {
  const { address, basePath, caCert } = upstream;
  const outcome = await probe({
    address,
    basePath,
    caCert: caCert || undefined,
    env,
    timeoutMs: TIMEOUT_MS,
  });
  const reached = checkReached(upstream, outcome);
  if (!outcome.answered) return [reached];
  return reached.status === "ok" ? [reached, ...checkAnswer(address, outcome)] : [reached];
}

const CHECK = "terraform cloud";

function checkReached({ address, basePath }: Upstream, outcome: ProbeOutcome): Finding {
  if (!outcome.answered) {
    const { code, why } = outcome;
    return wrong(
      CHECK,
      `reaching ${address} failed: ${why}`,
      why.includes(";") ? "" : remedyOf(code, why),
    );
  }
  const { status, contentType, isApi, proxy } = outcome;
  const way = proxy === undefined ? "" : ` through the proxy of ${proxy}`;
  const shown = `${address}${way} answers ${status}${contentType === "" ? "" : ` with ${contentType.split(";")[0]}`}`;
  if (status >= 300 && status < 400) {
    return wrong(
      CHECK,
      `${shown}, a redirect, which is never followed`,
      "write the address it leads to, if you trust it, to config",
    );
  }
  if (!isApi) {
    return wrong(
      CHECK,
      `${shown}, which isn't Terraform Cloud's API but a page of something before it`,
      "check address, base_path and the reverse proxy",
    );
  }
  if (status === 404) {
    return wrong(
      CHECK,
      `${shown}: there is no API at ${basePath}`,
      "correct base_path; it is /api/v2/ unless a proxy moves it",
    );
  }
  if (status >= 500) return wrong(CHECK, `${shown}`, "look at its status page, or its log");
  return ok(CHECK, `reached ${address}${way}: name, connection, certificate and API are right`);
}

function remedyOf(code: string, why: string): string {
  if (/status 407/.test(why)) return "put a user and a password into the variable, percent-encoded";
  if (/proxy/.test(why)) return "check the variable, and the proxy's log";
  if (/ENOTFOUND|EAI_AGAIN/.test(why))
    return "check the host's name in address, and the name servers of this machine";
  if (code === "timeout") return "let this machine reach it, or set HTTPS_PROXY for the server";
  if (code === "tls") return "renew the host's certificate, or correct address";
  return "check address, and whether a firewall or a proxy is in the way";
}

function checkAnswer(
  address: string,
  outcome: ProbeOutcome & { answered: true },
): readonly Finding[] {
  const { skewMs, rateLimit } = outcome;
  const limit =
    rateLimit === undefined
      ? note("rate limit", `${address} names no limit; the plugin keeps to 30 requests a second`)
      : ok("rate limit", `${rateLimit} requests a second`);
  return [clockOf(address, skewMs), limit];
}

function clockOf(address: string, skewMs: number | undefined): Finding {
  if (skewMs === undefined) return note("clock", `${address} doesn't tell its time`);
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  if (Math.abs(skewMs) <= MAX_SKEW_MS) return ok("clock", `within ${seconds}s of ${address}`);
  const side = skewMs > 0 ? "behind" : "ahead of";
  return wrong("clock", `this machine is ${seconds}s ${side} ${address}`, "set both clocks by NTP");
}
