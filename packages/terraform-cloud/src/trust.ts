import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import { createSecureContext, rootCertificates, type SecureContext } from "node:tls";
import { parseCertificates, pemCertificates } from "./pem-certificates.ts";
import type { Environment } from "./proxy-rules.ts";
import { SharedInstances } from "./shared-instances.ts";
import { systemAuthorities } from "./system-authorities.ts";

/** How long certificates are parsed before the event loop gets its turn: each takes some 0.3 ms on Node 20. */
const SLICE_MS = 3;

const trusts = new SharedInstances<Trust>();

/**
 * The authorities to trust: those of the system's store, or Node's own where the system has none; those of
 * the file that `PLUGIN_EXTRA_CA_CERTS` names, which has the meaning of Node's `NODE_EXTRA_CA_CERTS`; and
 * more. All who trust the same share one.
 *
 * @param caCert PEM of what to trust beside them.
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

/** What can't be read is passed over, as Node and Go do: connections that need it say so. */
export async function authoritiesOf(more: readonly string[], env: Environment): Promise<readonly string[]> {
  const system = await systemAuthorities(env);
  const file = env["PLUGIN_EXTRA_CA_CERTS"];
  const extra = file ? await readFile(file, "utf8").catch(() => "") : "";
  return [...(system.length > 0 ? system : rootCertificates), ...pemCertificates(extra), ...more];
}

/**
 * A context that trusts some authorities, and nothing else. Each of them is an end of a chain, also one that another has issued: as
 * for Go and curl.
 */
async function openContext(authorities: readonly string[]): Promise<SecureContext> {
  // Said, and not left to the environment: NODE_OPTIONS may allow older versions.
  const secure = createSecureContext({ ca: [], allowPartialTrustChain: true, minVersion: "TLSv1.2" });
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
 * What `createSecureContext` does with each certificate of `ca`. It would do so with all in one go, which holds up the
 * event loop for 30 to 60 ms on Node 20.
 */
function addAuthority(secure: SecureContext, authority: string): void {
  try {
    secure.context.addCACert(authority);
  } catch {
    // Stores of systems have certificates that OpenSSL doesn't read: others count all the same.
  }
}
