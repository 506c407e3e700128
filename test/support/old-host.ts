import { createPrivateKey, randomUUID, X509Certificate } from "node:crypto";
import { PLUGIN_FILE } from "@vault-ts/dev";
import { type StartedPlugin, startPluginFile } from "@vault-ts/go-plugin/testing";
import type { Server } from "@vault-ts/openbao";
import { generate } from "selfsigned";

/** A certificate and its key, in PEM. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** As a host makes it for a plugin: on P-521, for a name that is nobody's. */
export async function makeCertificate(): Promise<Certificate> {
  const name = randomUUID();
  const { cert: certificate, private: key } = await generate(
    [{ name: "commonName", value: name }],
    {
      keyType: "ec",
      curve: "P-521",
      extensions: [
        { name: "subjectAltName", altNames: [{ type: 2, value: name }] },
        { name: "extKeyUsage", serverAuth: true, clientAuth: true },
      ],
    },
  );
  return { certificate, key };
}

/**
 * Wraps a certificate at the server under a token that is a JWT, as a host of protocol 3 or 4 does.
 */
export async function wrap(server: Server, { certificate, key }: Certificate): Promise<string> {
  const answer = await fetch(`${server.address}/v1/sys/wrapping/wrap`, {
    method: "POST",
    headers: {
      "x-vault-token": server.rootToken,
      "x-vault-wrap-ttl": "60",
      "x-vault-wrap-format": "jwt",
    },
    body: JSON.stringify({
      ServerCert: new X509Certificate(certificate).raw.toString("base64"),
      ServerKey: createPrivateKey(key).export({ type: "sec1", format: "der" }).toString("base64"),
    }),
  });
  const { wrap_info: info } = (await answer.json()) as { wrap_info?: { token?: string } };
  if (!info?.token) throw new Error(`the server doesn't wrap: HTTP status ${answer.status}`);
  return info.token;
}

/** Starts the engine as such a host does. */
export function startForOldHost(env: NodeJS.ProcessEnv): StartedPlugin {
  return startPluginFile(PLUGIN_FILE, [], {
    VAULT_BACKEND_PLUGIN: "6669da05-b1c8-4f49-97d9-c8e5bed98e20",
    PLUGIN_PROTOCOL_VERSIONS: "3,4",
    ...both("PLUGIN_AUTOMTLS_ENABLED", "false"),
    ...both("PLUGIN_METADATA_MODE", "false"),
    ...env,
  });
}

/** A variable by both of its names. */
export function both(name: string, value: string): NodeJS.ProcessEnv {
  return { [`BAO_${name}`]: value, [`VAULT_${name}`]: value };
}
