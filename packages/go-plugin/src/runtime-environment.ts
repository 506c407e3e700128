/** The variables of a plugin's runtime: of Node or Bun, of OpenSSL, and of the log of TLS keys. */
const OF_THE_RUNTIME = /^(?:NODE|BUN|UV)_|^SSLKEYLOGFILE$/;

/**
 * Removes the runtime's own variables from the environment, which is the server's: set for another
 * program, they would turn checks off (`NODE_TLS_REJECT_UNAUTHORIZED`), or log keys and requests. A
 * bundle's launcher has done so before, since Node reads most of them when it starts; an executable
 * with an embedded runtime has no launcher.
 *
 * The file that `NODE_EXTRA_CA_CERTS` names is passed on as `PLUGIN_EXTRA_CA_CERTS`, unless that is
 * set.
 */
export function dropRuntimeVariables(env: NodeJS.ProcessEnv): void {
  const extra = env["NODE_EXTRA_CA_CERTS"];
  if (extra && !env["PLUGIN_EXTRA_CA_CERTS"]) env["PLUGIN_EXTRA_CA_CERTS"] = extra;
  for (const name of Object.keys(env)) {
    if (OF_THE_RUNTIME.test(name)) delete env[name];
  }
}
