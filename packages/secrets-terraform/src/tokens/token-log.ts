import type { TerraformCloud } from "@vault-ts/terraform-cloud";
import { defineWal, type Mount, type TypedWal } from "@vault-ts/vault-plugin";
import * as v from "valibot";
import type { Config } from "../config.ts";
import type { TerraformAccess } from "../terraform-access.ts";
import { endToken } from "./end-token.ts";
import { LONGEST_REQUEST, logged } from "./logged.ts";
import { TaggedTokens } from "./tagged-tokens.ts";

const plannedToken = v.object({
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
export type PlannedToken = v.InferOutput<typeof plannedToken>;

/** How far apart the clocks of the two servers may be, in milliseconds: only then a token is believed to have expired. */
const CLOCK_TOLERANCE_MS = 24 * 3600 * 1000;

/** The log of leased tokens that are about to be made: those that no lease came to hold are found by their tag, and ended. */
export class TokenLog {
  readonly wal: TypedWal<PlannedToken>;
  readonly #mount: Mount;
  readonly #tokens: TaggedTokens;

  constructor(mount: Mount, terraform: TerraformAccess) {
    this.#mount = mount;
    this.#tokens = new TaggedTokens(mount);
    this.wal = defineWal({
      kind: "leased_token",
      data: plannedToken,
      minAge: LONGEST_REQUEST,
      rollback: async ({ data, createdAt, signal }) => {
        const madeBy = createdAt.getTime() + LONGEST_REQUEST * 1000;
        if (Date.parse(data.expired_at) + CLOCK_TOLERANCE_MS <= mount.clock.now()) return;
        await terraform.call((client, config) => this.#end(client, config, { ...data, madeBy }, signal));
      },
    });
  }

  /** Makes a token whose tag is in the log until it is made. */
  async during<T>(data: PlannedToken, make: () => Promise<T>): Promise<T> {
    return await logged(this.#mount, this.wal, data, make);
  }

  /** @param data With the moment by which the token was made, if it was, in milliseconds since 1970. */
  async #end(
    client: TerraformCloud,
    config: Config,
    data: PlannedToken & { readonly madeBy: number },
    signal: AbortSignal,
  ): Promise<void> {
    if (data.type === "user" && config.token_owner_type !== "" && config.owner_id !== data.id) {
      this.#mount.logger.warn("a token that nobody holds can only be ended by a token of its user", {
        ...data,
      });
      return;
    }
    const id = await this.#tokens.find(client, config, data, data, signal);
    if (id !== undefined) await endToken(client, () => client.tokens.delete(id, signal), signal);
    else if (data.address !== undefined && data.address !== config.address) {
      this.#mount.logger.warn("a token that nobody holds can only be ended where it was made", { ...data });
    }
  }
}
