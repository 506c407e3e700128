import { readFile } from "node:fs/promises";
import type { Server } from "@vault-ts/openbao";
import type { Mount } from "./mount.ts";

const POLICIES = new URL("../../docs/policies/", import.meta.url);

/**
 * Creates a token with one of the policies of the documentation, for a mount of its own.
 *
 * @param name The file's, without its end.
 * @param withDefault Whether the token has the server's policy "default" as well, as clients that
 * look after their own token need it.
 */
export async function tokenWithPolicy(
  server: Server,
  mount: Mount,
  name: string,
  { withDefault = false } = {},
): Promise<string> {
  const text = await readFile(new URL(`${name}.hcl`, POLICIES), "utf8");
  const policy = text.replaceAll("terraform/", `${mount.path}/`);
  await server.request("PUT", `sys/policies/acl/${mount.path}-${name}`, { policy });
  const { body } = await server.request("POST", "auth/token/create", {
    policies: [`${mount.path}-${name}`],
    no_default_policy: !withDefault,
  });
  return (body as { readonly auth: { readonly client_token: string } }).auth.client_token;
}
