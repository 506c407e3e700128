/**
 * Returns an environment without the variables of OpenBao and Vault, such as a token, an address or
 * an output format. Those of the person at the terminal must not reach a server that is started
 * here, or its command line.
 */
export function withoutServerVariables(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(BAO|VAULT)_/.test(name)));
}
