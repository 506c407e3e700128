import type { TerraformCloud } from "@vault-ts/terraform-cloud";
import type { Mount, Storage } from "@vault-ts/vault-plugin";
import type { RequestCaller } from "../caller.ts";
import { isSameAddress, isSameConnection } from "../config/connection.ts";
import type { StoredOwner } from "../owner.ts";
import type { OwnerIndex } from "../role/owner-index.ts";
import type { OpenTerraform, Terraform } from "../terraform.ts";
import { isUnsupported } from "../upstream-error.ts";
import { currentTokenId } from "./current-token.ts";
import { findLiveToken, readImportedTokens } from "./imported-tokens.ts";
import {
  hasStoredToken,
  isHere,
  readStoredTokenIfValid,
  type StoredToken,
  writeStoredToken,
} from "./stored-token.ts";

/** Where an owner's token is, of all that the mount knows. */
export type Located =
  /** Stored, and created where the mount calls now. */
  | { readonly status: "here"; readonly stored: StoredToken }
  /** Known, and created at another address. */
  | { readonly status: "elsewhere"; readonly address: string }
  /** Stored, in an entry that can't be read. */
  | { readonly status: "unreadable" }
  | { readonly status: "none" };

/**
 * Finds an owner's token: stored, under another name of the same address, or in a role that
 * HashiCorp's engine wrote. What is found in another place than its own is moved there.
 */
export async function locate(
  mount: Pick<Mount, "storage" | "logger">,
  index: OwnerIndex,
  owner: StoredOwner,
  terraform: Terraform,
  open: OpenTerraform,
  caller: RequestCaller,
): Promise<Located> {
  const { storage } = mount;
  const { client, config } = open;
  const stored = await readStoredTokenIfValid(mount, owner);
  if (!stored && (await hasStoredToken(storage, owner))) return { status: "unreadable" };
  if (stored && isHere(stored, config)) return { status: "here", stored };
  if (stored) {
    // The same token under another address: that is another name of the same Terraform Cloud.
    if (!(await isCurrent(client, owner, stored)))
      return { status: "elsewhere", address: stored.address };
    return await keep(storage, owner, { ...stored, address: config.address });
  }
  const imported = await readImportedTokens(storage, await index.rolesOf(owner));
  if (imported.tokens.length === 0) return { status: "none" };
  const live = await findLiveToken(imported, owner, terraform, open, caller);
  if (live) return await keep(storage, owner, live);
  const { connection } = imported;
  if (!connection || isSameConnection(connection, config)) return { status: "none" };
  // Empty if the entry that had it can't be read.
  const address = connection.address || "an unknown address";
  const isSameServer = isSameAddress(address, config.address);
  return {
    status: "elsewhere",
    address: isSameServer ? `${address} over another base_path or ca_cert` : address,
  };
}

/** Whether it is the token that the owner has where the mount calls now. */
async function isCurrent(
  client: TerraformCloud,
  owner: StoredOwner,
  stored: StoredToken,
): Promise<boolean> {
  try {
    return (await currentTokenId(client, owner)) === stored.token_id;
  } catch (error) {
    if (isUnsupported(error)) return false;
    throw error;
  }
}

async function keep(storage: Storage, owner: StoredOwner, stored: StoredToken): Promise<Located> {
  await writeStoredToken(storage, owner, stored);
  return { status: "here", stored };
}

/** Whether the mount knows a token of the owner, wherever it was created. */
export async function isTokenKnown(
  storage: Storage,
  index: OwnerIndex,
  owner: StoredOwner,
): Promise<boolean> {
  if (await hasStoredToken(storage, owner)) return true;
  return (await readImportedTokens(storage, await index.rolesOf(owner))).tokens.length > 0;
}
