import { X509Certificate } from "node:crypto";
import { rootCertificates } from "node:tls";
import type { Dispatcher } from "undici";
import { TerraformCloudError } from "./terraform-cloud-error.ts";

/** An HTTP answer, read whole. */
export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly text: string;
}

export interface HttpRequest {
  readonly method: "GET" | "POST" | "DELETE";
  /** Below the origin, with its leading slash. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

/** Connections to one host, kept alive. */
export interface Transport {
  /** @throws TerraformCloudError `too_large`, or whatever the connection failed with. */
  send(request: HttpRequest): Promise<HttpAnswer>;
  /** Lets calls under way end, then closes the connections. */
  close(): Promise<void>;
}

/** The API's answers have a few KB; a list of a thousand tokens has some 500. */
const MAX_BODY_BYTES = 1024 * 1024;

/**
 * Opens no connection yet. Proxies are those of HTTPS_PROXY, HTTP_PROXY and NO_PROXY.
 *
 * @param caCert PEM of authorities to trust beside the well-known ones.
 * @throws TerraformCloudError `invalid_ca_cert`.
 */
export function createTransport(origin: string, caCert: string | undefined): Transport {
  const ca = caCert ? [...rootCertificates, ...parseCertificates(caCert)] : undefined;
  let dispatcher: Promise<Dispatcher> | undefined;
  return {
    async send({ signal, ...request }) {
      dispatcher ??= openDispatcher(ca);
      const { statusCode, headers, body } = await (await dispatcher).request({ ...request, origin, signal });
      const contentType = headers["content-type"];
      return {
        status: statusCode,
        contentType: Array.isArray(contentType) ? contentType[0] : contentType,
        text: await readText(body),
      };
    },
    async close() {
      await (await dispatcher)?.close();
    },
  };
}

/** Loaded at the first call: a plugin that hands out stored tokens may never need it, and starts faster without. */
async function openDispatcher(ca: string[] | undefined): Promise<Dispatcher> {
  const { EnvHttpProxyAgent } = await import("undici");
  return new EnvHttpProxyAgent(ca ? { connect: { ca }, requestTls: { ca }, proxyTls: { ca } } : {});
}

async function readText(body: Dispatcher.ResponseData["body"]): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) {
      throw new TerraformCloudError("too_large", `the answer is larger than ${MAX_BODY_BYTES} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parseCertificates(pem: string): string[] {
  const certificates = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  try {
    if (certificates.length === 0) throw new Error("there is none");
    for (const certificate of certificates) new X509Certificate(certificate);
    return certificates;
  } catch (error) {
    throw new TerraformCloudError("invalid_ca_cert", "ca_cert takes certificates in PEM", { cause: error });
  }
}
