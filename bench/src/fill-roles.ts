import type { Server } from "@vault-ts/openbao";
import { expectSuccess } from "./expect-success.ts";

/** Requests at once while a mount is filled. */
const FILLERS = 16;

/**
 * Stores roles of an organization, `role-0` and so on, in the server's raw storage: thousands of
 * writes would take minutes.
 *
 * @param path Of the mount.
 */
export async function fillRoles(
  server: Server,
  path: string,
  roles: number,
  organization: string,
): Promise<void> {
  const { body } = await server.request("GET", `sys/mounts/${path}`);
  const uuid = (body as { data?: { uuid?: string } }).data?.uuid ?? "";
  let next = 0;
  const filler = async () => {
    for (let number = next++; number < roles; number = next++) {
      const name = `role-${number}`;
      const value = JSON.stringify({ name, organization, credential_type: "organization" });
      await expectSuccess(server, "PUT", `sys/raw/logical/${uuid}/role/${name}`, { value });
    }
  };
  await Promise.all(Array.from({ length: FILLERS }, filler));
}
