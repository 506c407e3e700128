import type { IssuedToken, TerraformCloud } from "@vault-ts/terraform-cloud";
import {
  defineSecret,
  type Mount,
  PluginError,
  Redacted,
  type Reply,
  type SecretContext,
  type TypedSecret,
} from "@vault-ts/vault-plugin";
import * as v from "valibot";
import type { Config } from "../config.ts";
import { type LeaseBounds, leaseTerms, type Terms } from "../lease-terms.ts";
import { effectiveType, type Role, requireRole } from "../role.ts";
import type { TerraformAccess } from "../terraform-access.ts";
import { isNotFound } from "../upstream-error.ts";
import { newTag, taggedDescription } from "./token-tag.ts";

/**
 * Seconds that a token outlives the longest possible lease: the time that it takes to make the token, to answer, and to write
 * the lease down. With none, no lease could be as long as its role says.
 */
const ALLOWANCE = 5;

const leaseData = v.object({
  token_id: v.string(),
  role: v.string(),
  /** When the token expires at Terraform Cloud, ISO 8601. HashiCorp's engine keeps none. */
  expired_at: v.optional(v.pipe(v.string(), v.isoTimestamp())),
});

type LeaseData = v.InferOutput<typeof leaseData>;

/** Tokens of users and teams: a new one for each request, ended with its lease. */
export class LeasedTokens {
  readonly secret: TypedSecret<LeaseData>;
  readonly #mount: Mount;
  readonly #terraform: TerraformAccess;

  constructor(mount: Mount, terraform: TerraformAccess) {
    this.#mount = mount;
    this.#terraform = terraform;
    this.secret = defineSecret({
      type: "terraform_token",
      internal: leaseData,
      renew: (context) => this.#renew(context),
      revoke: (context) => this.#revoke(context),
    });
  }

  /** Makes a token for a role of type user or team. */
  async issue(role: Role, signal: AbortSignal): Promise<Reply> {
    return await this.#terraform.call(async (client, config) => {
      const bounds = await this.#bounds(role, config);
      const planned = new Date(Date.now() + (leaseTerms(bounds).maxTtl + ALLOWANCE) * 1000);
      const description = taggedDescription(role.description, newTag(this.#mount.uuid));
      const issued = await create(client, role, { description, expiredAt: planned });
      if (signal.aborted) {
        await client.tokens.delete(issued.id);
        throw new PluginError("upstream_timeout", "the client has gone: its token was ended again");
      }
      const { token, id } = issued;
      const expiredAt = issued.expiredAt ?? planned;
      return this.secret.issue({
        data: {
          token: new Redacted(token),
          token_id: id,
          ...(effectiveType(role) === "team" && { description, expired_at: expiredAt }),
          ...(effectiveType(role) === "user" && role.description !== "" && { description }),
        },
        internal: { token_id: id, role: role.name, expired_at: expiredAt.toISOString() },
        terms: leaseTerms({ ...bounds, tokenLifetime: (expiredAt.getTime() - Date.now()) / 1000 }),
      });
    });
  }

  async #renew({ internal, lease }: SecretContext<LeaseData>): Promise<Terms> {
    const role = await requireRole(this.#mount.storage, internal.role);
    const { config } = await this.#terraform.open();
    const bounds = await this.#bounds(role, config);
    if (internal.expired_at === undefined) return leaseTerms(bounds);
    const tokenLifetime = (Date.parse(internal.expired_at) - lease.issueTime.getTime()) / 1000;
    return leaseTerms({ ...bounds, tokenLifetime });
  }

  async #revoke({ internal, signal }: SecretContext<LeaseData>): Promise<void> {
    if (internal.expired_at && Date.parse(internal.expired_at) <= Date.now()) return;
    await this.#terraform.call(async (client) => {
      try {
        await client.tokens.delete(internal.token_id, signal);
      } catch (error) {
        if (!isNotFound(error)) throw error;
        // "Not found" is also what a token without rights is told: only one that works can say that the other is gone.
        await client.account.details(signal);
      }
    });
  }

  async #bounds(role: Role, config: Config): Promise<LeaseBounds> {
    const { system } = this.#mount;
    const [mountDefaultTtl, mountMaxTtl] = await Promise.all([
      system.defaultLeaseTtl(),
      system.maxLeaseTtl(),
    ]);
    return {
      roleTtl: role.ttl,
      roleMaxTtl: role.max_ttl,
      mountDefaultTtl,
      mountMaxTtl,
      explicitMaxTtl: config.explicit_max_ttl,
    };
  }
}

/** Takes no signal: a request that is cut off may have made a token that nobody knows of. Its own time limit ends it. */
function create(
  client: TerraformCloud,
  role: Role,
  options: { readonly description: string; readonly expiredAt: Date },
): Promise<IssuedToken> {
  return effectiveType(role) === "team"
    ? client.teamTokens.create(role.team_id, options)
    : client.userTokens.create(role.user_id, options);
}
