import { setTimeout as sleep } from "node:timers/promises";
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

/**
 * How many entries describe what isn't known to be done: those of the write-ahead log, and those of
 * leased tokens that are pending. A server in memory tells: it shows its raw storage.
 */
export async function walOf(server: Server, { path }: Mount): Promise<number> {
  const { data: mount } = await request(server, "GET", `sys/mounts/${path}`);
  const storage = `sys/raw/logical/${String(mount["uuid"])}`;
  const list = async (folder: string) => {
    const { data } = await request(server, "LIST", `${storage}/${folder}/`);
    return ((data["keys"] ?? []) as string[]).map((key) => `${storage}/${folder}/${key}`);
  };
  const leases = await Promise.all((await list("lease")).map((key) => request(server, "GET", key)));
  const pending = leases.filter(({ data }) => String(data["value"]).includes('"state":"pending"'));
  return (await list("wal")).length + pending.length;
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
    async rotateBySchedule() {
      // Asks nothing of Terraform Cloud.
      const { data: before } = await mount.read("status/a");
      await mount.write("role/a", { rotation_period: 10 });
      for (;;) {
        const status = await mount.read("status/a");
        if (status.status !== 200) return status;
        if (status.data["rotation_error"] !== undefined) break;
        if (status.data["token_id"] !== before["token_id"]) {
          await mount.write("role/a", { rotation_period: 0 });
          break;
        }
        await sleep(100);
      }
      return await mount.read("creds/a");
    },
  };
}
