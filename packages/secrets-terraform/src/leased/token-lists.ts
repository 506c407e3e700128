import type { TerraformCloud } from "@vault-ts/terraform-cloud";
import { type Identity, KINDS, type Target } from "../kinds/index.ts";
import type { LeaseEntry } from "./lease-entry.ts";
import { tagOf } from "./token-tag.ts";

/**
 * Finds tokens at Terraform Cloud by their tags. However many are looked for, each list is read
 * once.
 */
export class TokenLists {
  readonly #client: TerraformCloud;
  readonly #identity: Identity;
  /** Ids by tags, by the keys of the lists. */
  readonly #lists = new Map<string, Promise<ReadonlyMap<string, string>>>();

  constructor(client: TerraformCloud, identity: Identity) {
    this.#client = client;
    this.#identity = identity;
  }

  /** The ids, by their tags, of the tokens among which one of the owner would be. */
  async idsByTag(lease: Target & Pick<LeaseEntry, "kind">): Promise<ReadonlyMap<string, string>> {
    const { key, read } = await KINDS[lease.kind].listOf(this.#client, this.#identity, lease);
    const list = this.#lists.get(key) ?? idsByTag(read());
    this.#lists.set(key, list);
    return await list;
  }
}

async function idsByTag(
  tokens: AsyncIterable<{ readonly id: string; readonly description: string | null }>,
): Promise<ReadonlyMap<string, string>> {
  const ids = new Map<string, string>();
  for await (const { id, description } of tokens) {
    const tag = tagOf(description ?? "");
    if (tag !== undefined) ids.set(tag, id);
  }
  return ids;
}
