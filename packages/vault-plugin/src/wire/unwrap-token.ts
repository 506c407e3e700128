import { PluginError } from "../errors.ts";
import { hostVariable } from "./host-variable.ts";

/**
 * The token for the certificate that a host of protocol 3 or 4 has wrapped, taken out of the
 * environment. Undefined when there is nothing to unwrap: the host speaks AutoMTLS, or asks for
 * nothing but what the plugin is, which takes no TLS.
 *
 * @throws PluginError `internal` if the host offers no TLS at all: a plugin doesn't serve secrets
 * without.
 */
export function takeUnwrapToken(env: NodeJS.ProcessEnv): string | undefined {
  const token = hostVariable(env, "UNWRAP_TOKEN");
  delete env["BAO_UNWRAP_TOKEN"];
  delete env["VAULT_UNWRAP_TOKEN"];
  const isMetadataMode = hostVariable(env, "PLUGIN_METADATA_MODE") === "true";
  const isAutoMtls =
    hostVariable(env, "PLUGIN_AUTOMTLS_ENABLED") === "true" || env["PLUGIN_CLIENT_CERT"];
  if (isMetadataMode || isAutoMtls) return undefined;
  if (token !== undefined) return token;
  throw new PluginError(
    "internal",
    "the host offers neither AutoMTLS nor a wrapped certificate; run it with a server that offers one of them",
  );
}
