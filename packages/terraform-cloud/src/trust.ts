import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import { createSecureContext, rootCertificates, type SecureContext } from "node:tls";
import { parseCertificates, pemCertificates } from "./pem-certificates.ts";
import type { Environment } from "./proxy-rules.ts";
import { SharedInstances } from "./shared-instances.ts";
import { systemAuthorities } from "./system-authorities.ts";

/**
 * How long certificates are parsed before yielding to the event loop: each takes about 0.3 ms on
 * Node 20.
 */
const SLICE_MS = 3;

const trusts = new SharedInstances<Trust>();

/**
 * Returns the authorities to trust. They are those of the system's store, or Node's own if the
 * system has none. The file that `PLUGIN_EXTRA_CA_CERTS` names adds to them, as
 * `NODE_EXTRA_CA_CERTS` does for Node, and so does `caCert`. Connections with the same settings
 * share one `Trust`.
 *
 * @param caCert PEM of further certificates to trust.
 * @throws TerraformCloudError `invalid_ca_cert`.
 */
export function trustOf(caCert: string | undefined, env: Environment): Trust {
  const { PLUGIN_EXTRA_CA_CERTS, SSL_CERT_DIR, SSL_CERT_FILE } = env;
  const settings = JSON.stringify([PLUGIN_EXTRA_CA_CERTS, SSL_CERT_DIR, SSL_CERT_FILE, caCert]);
  const key = createHash("sha256").update(settings).digest("hex");
  return trusts.get(key, () => {
    const more = caCert ? parseCertificates(caCert) : [];
    return new Trust(() => authoritiesOf(more, env));
  });
}

/** One secure context for all connections that trust the same authorities. */
class Trust {
  readonly #authorities: () => Promise<readonly string[]>;
  #context: Promise<SecureContext> | undefined;

  constructor(authorities: () => Promise<readonly string[]>) {
    this.#authorities = authorities;
  }

  /** The authorities are read at the first call. */
  async context(): Promise<SecureContext> {
    this.#context ??= this.#authorities().then(openContext);
    return await this.#context;
  }
}

/** Files that can't be read are skipped, as in Node and Go: connections that need them fail. */
export async function authoritiesOf(
  more: readonly string[],
  env: Environment,
): Promise<readonly string[]> {
  const system = await systemAuthorities(env);
  const file = env["PLUGIN_EXTRA_CA_CERTS"];
  const extra = file ? await readFile(file, "utf8").catch(() => "") : "";
  return [...(system.length > 0 ? system : rootCertificates), ...pemCertificates(extra), ...more];
}

/**
 * Creates a context that trusts some authorities, and nothing else. Each of them ends a chain,
 * intermediate ones too: as in Go and curl.
 */
async function openContext(authorities: readonly string[]): Promise<SecureContext> {
  // Explicit, since NODE_OPTIONS may allow older versions.
  const secure = createSecureContext({
    ca: [],
    allowPartialTrustChain: true,
    minVersion: "TLSv1.2",
  });
  let start = performance.now();
  for (const authority of authorities) {
    if (performance.now() - start > SLICE_MS) {
      await setImmediate();
      start = performance.now();
    }
    addAuthority(secure, authority);
  }
  return secure;
}

/**
 * Does what `createSecureContext` does with each certificate of `ca`. That would parse all at once,
 * which blocks the event loop for 30 to 60 ms on Node 20.
 */
function addAuthority(secure: SecureContext, authority: string): void {
  try {
    secure.context.addCACert(authority);
  } catch {
    // System stores have certificates that OpenSSL doesn't read: they are skipped.
  }
}
