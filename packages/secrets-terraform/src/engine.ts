import type { Mount } from "@vault-ts/vault-plugin";
import { Roles } from "./roles.ts";
import { TerraformAccess } from "./terraform-access.ts";
import { LeasedTokens } from "./tokens/leased-tokens.ts";
import { StoredTokens } from "./tokens/stored-tokens.ts";

/** What the paths of one mount share. */
export interface Engine {
  readonly mount: Mount;
  readonly terraform: TerraformAccess;
  readonly leasedTokens: LeasedTokens;
  readonly storedTokens: StoredTokens;
  readonly roles: Roles;
}

export function createEngine(mount: Mount): Engine {
  const terraform = new TerraformAccess(mount.storage);
  const storedTokens = new StoredTokens(mount, terraform);
  const leasedTokens = new LeasedTokens(mount, terraform);
  const roles = new Roles(mount, leasedTokens, storedTokens);
  return { mount, terraform, leasedTokens, storedTokens, roles };
}
