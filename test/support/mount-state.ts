import type { Server } from "@vault-ts/openbao";
import type { MountClient } from "@vault-ts/secrets-terraform/testing";
import { type Answer, type Mount, request } from "./mount.ts";

/** The ids of the leases of creds. @param creds Their whole path. */
export async function leasesOf(server: Server, creds: string): Promise<readonly string[]> {
  const { data } = await request(server, "LIST", `sys/leases/lookup/${creds}`);
  return ((data["keys"] ?? []) as readonly string[]).map((key) => `${creds}/${key}`);
}

/** Revokes a lease, and tells how that went. */
export async function revoke(server: Server, leaseId: string): Promise<Answer> {
  return await request(server, "PUT", "sys/leases/revoke", { lease_id: leaseId, sync: true });
}

/** How many entries the mount's write-ahead log has. A server in memory tells: it shows its raw storage. */
export async function walOf(server: Server, { path }: Mount): Promise<number> {
  const { data: mount } = await request(server, "GET", `sys/mounts/${path}`);
  const { data } = await request(server, "LIST", `sys/raw/logical/${String(mount["uuid"])}/wal/`);
  return ((data["keys"] ?? []) as string[]).length;
}

/** A mount as operations ask it. */
export function mountClient(server: Server, mount: Mount): MountClient<Answer> {
  return {
    read: mount.read,
    write: mount.write,
    delete: mount.delete,
    async revoke() {
      const [leaseId = ""] = await leasesOf(server, `${mount.path}/creds/a`);
      return await revoke(server, leaseId);
    },
  };
}
