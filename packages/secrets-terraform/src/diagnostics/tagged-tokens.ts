import type { TerraformCloud, Token } from "@vault-ts/terraform-cloud";
import { type Mount, PluginError } from "@vault-ts/vault-plugin";
import {
  type AnyLeasedKind,
  type Identity,
  KINDS,
  type Owner,
  type Target,
  targetOf,
} from "../kinds/index.ts";
import type { TokenList } from "../kinds/kind.ts";
import type { LeaseEntry } from "../leased/lease-entry.ts";
import { named, ownerKey } from "../owner.ts";
import { kindOf } from "../role/role.ts";
import { listRoles, readRoleIfValid } from "../role/role-entry.ts";
import { fromUpstream } from "../upstream-error.ts";

/** An owner whose tokens the mount may have issued. */
interface Issued {
  readonly kind: AnyLeasedKind;
  readonly target: Target;
}

/** A list of tokens at Terraform Cloud. */
export interface FoundList {
  readonly list: TokenList;
  readonly kind: AnyLeasedKind;
  /** The first of the owners whose tokens are in it. */
  readonly owner: Owner;
  /** The keys of all of these. */
  readonly covers: Set<string>;
  /** Each once. */
  readonly tokens: readonly Token[];
}

/** All that was found, and where. */
export interface FoundTokens {
  readonly lists: readonly FoundList[];
  /** The owners among whose tokens it has looked. */
  readonly searched: readonly Owner[];
  /** Why it couldn't look among those of others. */
  readonly warnings: readonly string[];
}

/** Tells an owner of leased tokens from all others: an organization has tokens of several kinds. */
export function issuedKey({ kind, target }: Issued): string {
  return `${kind.type} ${ownerKey(kind.ownerOf(target))}`;
}

/** The owner of a lease's token. */
export function issuedOf(lease: LeaseEntry): Issued {
  return { kind: KINDS[lease.kind], target: targetOf(lease) };
}

/** The owners whom roles and leases name, each once. */
export async function issuedOwners(
  mount: Pick<Mount, "storage" | "logger">,
  leases: readonly LeaseEntry[],
): Promise<readonly Issued[]> {
  const owners = new Map<string, Issued>();
  const add = (issued: Issued) => {
    const key = issuedKey(issued);
    // Prefers one that names the organization: HCP Europe doesn't return that of a team.
    if (issued.target.organization !== "" || !owners.has(key)) owners.set(key, issued);
  };
  for (const lease of leases) add(issuedOf(lease));
  for (const name of await listRoles(mount.storage)) {
    const role = await readRoleIfValid(mount, name);
    if (!role) continue;
    const kind = kindOf(role);
    if (kind.isLeased) add({ kind, target: targetOf(role) });
  }
  return [...owners.values()];
}

/**
 * The tokens of some owners. However many share a list, it is read once; one that can't be read
 * leaves the others.
 */
export async function findTokens(
  client: TerraformCloud,
  identity: Identity,
  owners: readonly Issued[],
): Promise<FoundTokens> {
  const lists = new Map<string, FoundList>();
  const searched: Owner[] = [];
  const warnings: string[] = [];
  for (const issued of owners) {
    const { kind, target } = issued;
    const owner = kind.ownerOf(target);
    try {
      if (!(await kind.sees(client, identity, target))) {
        throw new PluginError(
          "bad_request",
          "it doesn't exist, or the mount's token lacks permission to manage its tokens",
        );
      }
      const list = await kind.listOf(client, identity, target);
      const found = lists.get(list.key);
      if (found) found.covers.add(issuedKey(issued));
      else {
        const covers = new Set([issuedKey(issued)]);
        lists.set(list.key, { list, kind, owner, covers, tokens: await readAll(list) });
      }
      searched.push(owner);
    } catch (error) {
      const { message } = PluginError.from(fromUpstream(error));
      warnings.push(`finding orphaned tokens of ${named(owner)} failed: ${message}`);
    }
  }
  return { lists: [...lists.values()], searched, warnings };
}

async function readAll(list: TokenList): Promise<readonly Token[]> {
  const tokens = new Map<string, Token>();
  for await (const token of list.read()) tokens.set(token.id, token);
  return [...tokens.values()];
}
