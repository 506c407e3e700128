/** What configures the runtime that a plugin runs on: Node or Bun, the library that both share, and the log of TLS keys. */
const OF_THE_RUNTIME = /^(?:NODE|BUN|UV)_|^SSLKEYLOGFILE$/;

/**
 * Takes the runtime's own variables out of the environment, which is the server's: set there for somebody else, they would turn checks off
 * (`NODE_TLS_REJECT_UNAUTHORIZED`), or write keys and requests down. A bundle's launcher has done so before, since Node reads most of them
 * when it starts; an executable with a runtime in it has no launcher.
 *
 * The file that `NODE_EXTRA_CA_CERTS` names is passed on as `PLUGIN_EXTRA_CA_CERTS`, unless that is set.
 */
export function dropRuntimeVariables(env: NodeJS.ProcessEnv): void {
  const extra = env["NODE_EXTRA_CA_CERTS"];
  if (extra && !env["PLUGIN_EXTRA_CA_CERTS"]) env["PLUGIN_EXTRA_CA_CERTS"] = extra;
  for (const name of Object.keys(env)) {
    if (OF_THE_RUNTIME.test(name)) delete env[name];
  }
}
