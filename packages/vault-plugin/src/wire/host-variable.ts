/**
 * A variable of the host's by the name that both kinds share: OpenBao sets `BAO_…` and `VAULT_…`,
 * Vault only the latter.
 */
export function hostVariable(env: NodeJS.ProcessEnv, name: string): string | undefined {
  return env[`BAO_${name}`] || env[`VAULT_${name}`] || undefined;
}
