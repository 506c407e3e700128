import type { TerraformCloud, Token } from "@vault-ts/terraform-cloud";
import { defineWal, type Mount, PluginError, type TypedWal } from "@vault-ts/vault-plugin";
import * as v from "valibot";
import type { Config } from "../config.ts";
import type { TerraformAccess } from "../terraform-access.ts";
import { endToken } from "./end-token.ts";
import { LONGEST_REQUEST, logged } from "./logged.ts";

const deed = v.object({
  type: v.picklist(["user", "team"]),
  /** The user's or the team's. */
  id: v.string(),
  /** The team's, where the role names it. */
  organization: v.string(),
  tag: v.string(),
  /** When the token expires by itself, ISO 8601. */
  expired_at: v.string(),
  /** Where it was made; older versions kept none. */
  address: v.optional(v.string()),
});

/** A token that is about to be made. */
export type Deed = v.InferOutput<typeof deed>;

/** How far apart the clocks of the two servers may be, in milliseconds: only then a token is believed to have expired. */
const CLOCK_TOLERANCE_MS = 24 * 3600 * 1000;

/** The log of leased tokens that are about to be made: those that no lease came to hold are found by their tag, and ended. */
export class TokenLog {
  readonly wal: TypedWal<Deed>;
  readonly #mount: Mount;

  constructor(mount: Mount, terraform: TerraformAccess) {
    this.#mount = mount;
    this.wal = defineWal({
      kind: "leased_token",
      data: deed,
      minAge: LONGEST_REQUEST,
      rollback: async ({ data, signal }) => {
        if (Date.parse(data.expired_at) + CLOCK_TOLERANCE_MS <= mount.clock.now()) return;
        await terraform.call((client, config) => this.#end(client, config, data, signal));
      },
    });
  }

  /** Makes a token whose tag is in the log until it is made. */
  async during<T>(data: Deed, make: () => Promise<T>): Promise<T> {
    return await logged(this.#mount, this.wal, data, make);
  }

  async #end(client: TerraformCloud, config: Config, data: Deed, signal: AbortSignal): Promise<void> {
    if (data.type === "user" && config.token_owner_type !== "" && config.owner_id !== data.id) {
      this.#mount.logger.warn("a token that nobody holds can only be ended by a token of its user", {
        ...data,
      });
      return;
    }
    const found = await withTag(await listOf(client, config, data, signal), data.tag);
    if (found) await endToken(client, () => client.tokens.delete(found.id, signal), signal);
    else if (data.address !== undefined && data.address !== config.address) {
      this.#mount.logger.warn("a token that nobody holds can only be ended where it was made", { ...data });
    }
  }
}

/** All tokens among which one of the deed would be. */
async function listOf(
  client: TerraformCloud,
  config: Config,
  { type, id, organization }: Deed,
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

async function withTag(tokens: AsyncIterable<Token>, tag: string): Promise<Token | undefined> {
  for await (const token of tokens) {
    if (token.description?.endsWith(tag)) return token;
  }
  return undefined;
}
