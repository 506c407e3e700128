import type { TerraformCloud, Token } from "@vault-ts/terraform-cloud";
import { type Mount, PluginError } from "@vault-ts/vault-plugin";
import type { Config } from "../config.ts";
import { tagOf } from "./token-tag.ts";

/** Whose a leased token is. */
export interface LeasedOwner {
  readonly type: "user" | "team";
  readonly id: string;
  /** The team's, where the role names it. */
  readonly organization: string;
}

/** All tokens with a tag that one list has told of. */
interface Listing {
  readonly client: TerraformCloud;
  readonly owner: string;
  /** Milliseconds since 1970: tokens made later may be missing. */
  readonly askedAt: number;
  /** Ids by tags. */
  readonly ids: ReadonlyMap<string, string>;
}

/** Finds tokens at Terraform Cloud by their tags. Many that are looked for one after the other take one list. */
export class TaggedTokens {
  readonly #mount: Mount;
  #last: Listing | undefined;

  constructor(mount: Mount) {
    this.#mount = mount;
  }

  /**
   * The id of the token with a tag, undefined if there is none.
   *
   * @param madeBy When it was made at the latest, milliseconds since 1970.
   */
  async find(
    client: TerraformCloud,
    config: Config,
    owner: LeasedOwner,
    { tag, madeBy }: { readonly tag: string; readonly madeBy: number },
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const name = `${owner.type}/${owner.id}`;
    const last = this.#last;
    const isGood = last?.client === client && last.owner === name && last.askedAt >= madeBy;
    if (isGood) return last.ids.get(tag);
    const askedAt = this.#mount.clock.now();
    const ids = await idsByTag(await listOf(client, config, owner, signal));
    this.#last = { client, owner: name, askedAt, ids };
    return ids.get(tag);
  }
}

async function idsByTag(tokens: AsyncIterable<Token>): Promise<ReadonlyMap<string, string>> {
  const ids = new Map<string, string>();
  for await (const { id, description } of tokens) {
    const tag = tagOf(description ?? "");
    if (tag !== undefined) ids.set(tag, id);
  }
  return ids;
}

/** All tokens among which one of the owner would be. */
async function listOf(
  client: TerraformCloud,
  config: Config,
  { type, id, organization }: LeasedOwner,
  signal: AbortSignal,
): Promise<AsyncIterable<Token>> {
  if (type === "user") return client.userTokens.list(id, signal);
  if (organization !== "") return client.teamTokens.list(organization, signal);
  // A team's organization needn't be asked for where the mount's own token is of one; HCP Europe doesn't tell.
  if (config.token_owner_type === "organization") return client.teamTokens.list(config.owner_id, signal);
  const team = await client.teams.read(id, signal);
  if (team.organization !== null) return client.teamTokens.list(team.organization, signal);
  throw new PluginError("upstream", `Terraform Cloud doesn't tell which organization team ${id} is of`);
}
