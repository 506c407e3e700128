import type { Simulator } from "@vault-ts/terraform-cloud/simulator";
import type { TestAnswer, TestHost } from "@vault-ts/vault-plugin/testing";
import type { MountClient } from "./operations.ts";

/** The mount of a host in memory, as operations ask it. */
export function memoryMount(host: TestHost): MountClient<TestAnswer | undefined> {
  return {
    read: (path) => host.request("read", path),
    write: (path, data) => host.write(path, data),
    delete: (path) => host.request("delete", path),
    async revoke() {
      await host.revoke(host.leases[0]);
      return undefined;
    },
  };
}

/** The texts of tokens that somebody holds: the operator, the storage, or a lease. */
export function heldTokens(host: TestHost, simulator: Simulator): string[] {
  const stored = host.storage
    .keys()
    .filter((key) => key.startsWith("token/"))
    .map((key) => (host.storage.json(key) as { token: string }).token);
  const ids = new Set(host.leases.map(({ internal }) => internal["token_id"]));
  const leased = simulator.world.tokens.filter(({ id }) => ids.has(id)).map(({ text }) => text);
  return [simulator.credentials.token, ...stored, ...leased];
}

/** The keys of what isn't committed: WAL entries, and entries of leased tokens that are pending. */
export function uncommitted(storage: TestHost["storage"]): readonly string[] {
  const isPending = (key: string) => (storage.json(key) as { state: string }).state === "pending";
  return storage
    .keys()
    .filter((key) => key.startsWith("wal/") || (key.startsWith("lease/") && isPending(key)));
}
