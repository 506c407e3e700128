import type { Mount } from "@vault-ts/vault-plugin";
import { TerraformAccess } from "./terraform-access.ts";
import { LeasedTokens } from "./tokens/leased-tokens.ts";
import { StoredTokens } from "./tokens/stored-tokens.ts";

/** What the paths of one mount share. */
export interface Engine {
  readonly mount: Mount;
  readonly terraform: TerraformAccess;
  readonly leasedTokens: LeasedTokens;
  readonly storedTokens: StoredTokens;
}

export function createEngine(mount: Mount): Engine {
  const terraform = new TerraformAccess(mount.storage);
  return {
    mount,
    terraform,
    leasedTokens: new LeasedTokens(mount, terraform),
    storedTokens: new StoredTokens(mount, terraform),
  };
}
