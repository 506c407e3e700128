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
  const way = proxy === undefined ? "" : ` through the proxy in ${proxy}`;
  const shown = `${address}${way} answers ${status}${contentType === "" ? "" : ` with ${contentType.split(";")[0]}`}`;
  if (status >= 300 && status < 400) {
    return wrong(
      CHECK,
      `${shown}, a redirect, which is never followed`,
      "write its target to config, if you trust it",
    );
  }
  if (!isApi) {
    return wrong(
      CHECK,
      `${shown}, which isn't a response of Terraform Cloud's API`,
      "check address, base_path and the reverse proxy",
    );
  }
  if (status === 404) {
    return wrong(
      CHECK,
      `${shown}: there is no API at ${basePath}`,
      "correct base_path; it is /api/v2/ unless a proxy changes it",
    );
  }
  if (status >= 500) return wrong(CHECK, `${shown}`, "see its status page, or its log");
  return ok(CHECK, `reached ${address}${way}: name, connection, certificate and API are correct`);
}

function remedyOf(code: string, why: string): string {
  if (/status 407/.test(why)) return "add a user and a password, percent-encoded, to the variable";
  if (/proxy/.test(why)) return "check the variable, and the proxy's log";
  if (/ENOTFOUND|EAI_AGAIN/.test(why))
    return "check the host name in address, and this machine's DNS";
  if (code === "timeout")
    return "allow connections from this machine to it, or set HTTPS_PROXY for the server";
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
      ? note(
          "rate limit",
          `${address} returns no limit; the plugin sends at most 30 requests a second`,
        )
      : ok("rate limit", `${rateLimit} requests a second`);
  return [clockOf(address, skewMs), limit];
}

function clockOf(address: string, skewMs: number | undefined): Finding {
  if (skewMs === undefined) return note("clock", `${address} returns no time`);
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  if (Math.abs(skewMs) <= MAX_SKEW_MS) return ok("clock", `within ${seconds}s of ${address}`);
  const side = skewMs > 0 ? "behind" : "ahead of";
  return wrong(
    "clock",
    `this machine is ${seconds}s ${side} ${address}`,
    "synchronize both clocks with NTP",
  );
}
