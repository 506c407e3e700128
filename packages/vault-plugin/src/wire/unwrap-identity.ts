import { createPrivateKey, X509Certificate } from "node:crypto";
import type { KeyPair } from "@vault-ts/go-plugin";
import * as v from "valibot";
import { PluginError } from "../errors.ts";
import { parseJson } from "./parse-json.ts";
import { requestUnwrapping } from "./unwrap-request.ts";

const Claims = v.object({ addr: v.pipe(v.string(), v.url(), v.regex(/^https?:/)) });
const Base64 = v.pipe(v.string(), v.nonEmpty(), v.base64());
const Wrapped = v.object({ data: v.object({ ServerCert: Base64, ServerKey: Base64 }) });

/**
 * The certificate that a host of protocol 3 or 4 has made for itself and its plugin, and wrapped
 * under a token, which is then worth useless. The errors repeat neither the token nor what it
 * wrapped.
 *
 * @param token A JWT, whose `addr` says where to unwrap it. Who could forge it could as well start
 * the plugin: the host alone can.
 * @throws PluginError `internal` if the token or what it holds is malformed, `upstream` if the
 * server refuses or can't be reached, `upstream_timeout` if it doesn't answer in time.
 */
export async function unwrapIdentity(token: string, env: NodeJS.ProcessEnv): Promise<KeyPair> {
  const answer = await requestUnwrapping(addressOf(token), token, env);
  const { success, output } = v.safeParse(Wrapped, parseJson(answer));
  if (!success)
    throw new PluginError("internal", "the unwrapped response is not a certificate with its key");
  return keyPair(output.data.ServerCert, output.data.ServerKey);
}

function addressOf(token: string): string {
  const [, payload = ""] = token.split(".");
  const { success, output } = v.safeParse(
    Claims,
    parseJson(Buffer.from(payload, "base64url").toString()),
  );
  if (success) return output.addr;
  throw new PluginError("internal", "the unwrap token is not a JWT with the address of its server");
}

/** From DER, as Go writes them: X.509, and an elliptic curve's key in SEC 1. */
function keyPair(certificateBase64: string, keyBase64: string): KeyPair {
  try {
    const certificate = new X509Certificate(Buffer.from(certificateBase64, "base64"));
    const key = createPrivateKey({
      key: Buffer.from(keyBase64, "base64"),
      format: "der",
      type: "sec1",
    });
    if (!certificate.checkPrivateKey(key))
      throw new Error("the key does not belong to the certificate");
    return {
      certificate: certificate.toString(),
      key: key.export({ type: "pkcs8", format: "pem" }).toString(),
    };
  } catch (cause) {
    throw new PluginError("internal", "the unwrapped certificate can't be used with its key", {
      cause,
    });
  }
}
