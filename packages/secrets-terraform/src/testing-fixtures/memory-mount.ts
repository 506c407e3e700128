import type { Simulator } from "@vault-ts/terraform-cloud/simulator";
import type { TestAnswer, TestHost } from "@vault-ts/vault-plugin/testing";
import type { MountClient } from "./operations.ts";

/** The shortest that a role may have, in seconds. */
const PERIOD = 10;

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
    async rotateBySchedule() {
      await host.write("role/a", { rotation_period: PERIOD });
      host.clock.set(host.clock.now() + PERIOD * 1000);
      await host.rollback();
      await host.write("role/a", { rotation_period: 0 });
      return await host.request("read", "creds/a");
    },
  };
}

/**
 * The texts of tokens that somebody holds, each once: the operator, the mount itself, the storage,
 * or a lease.
 */
export function heldTokens(host: TestHost, simulator: Simulator): readonly string[] {
  const stored = host.storage
    .keys()
    .filter((key) => key === "config" || key.startsWith("token/"))
    .map((key) => (host.storage.json(key) as { token: string }).token);
  const ids = new Set(host.leases.map(({ internal }) => internal["token_id"]));
  const leased = simulator.world.tokens.filter(({ id }) => ids.has(id)).map(({ text }) => text);
  return [...new Set([simulator.credentials.token, ...stored, ...leased])];
}

/** The keys of what isn't committed: WAL entries, and entries of leased tokens that are pending. */
export function uncommitted(storage: TestHost["storage"]): readonly string[] {
  const isPending = (key: string) => (storage.json(key) as { state: string }).state === "pending";
  return storage
    .keys()
    .filter((key) => key.startsWith("wal/") || (key.startsWith("lease/") && isPending(key)));
}
