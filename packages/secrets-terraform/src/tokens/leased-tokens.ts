import type { IssuedToken, TerraformCloud } from "@vault-ts/terraform-cloud";
import {
  defineSecret,
  type Mount,
  type Reply,
  type SecretContext,
  type TypedSecret,
} from "@vault-ts/vault-plugin";
import * as v from "valibot";
import { leaseTerms, type Terms } from "../lease-terms.ts";
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
  /** When the token expires at Terraform Cloud, ISO 8601. */
  expired_at: v.optional(v.string()),
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
      const planned = await this.#terms(role, config.explicit_max_ttl);
      const expiredAt = new Date(Date.now() + (planned.maxTtl + ALLOWANCE) * 1000);
      const description = taggedDescription(role.description, newTag(this.#mount.uuid));
      const issued = await create(client, role, { description, expiredAt }, signal);
      const terms = await this.#terms(
        role,
        config.explicit_max_ttl,
        secondsUntil(issued.expiredAt ?? expiredAt),
      );
      return this.secret.issue({
        data: {
          token: issued.token,
          token_id: issued.id,
          ...(effectiveType(role) === "team" && { description, expired_at: issued.expiredAt ?? expiredAt }),
          ...(effectiveType(role) === "user" && role.description !== "" && { description }),
        },
        internal: {
          token_id: issued.id,
          role: role.name,
          expired_at: (issued.expiredAt ?? expiredAt).toISOString(),
        },
        terms,
      });
    });
  }

  async #renew({ internal, lease }: SecretContext<LeaseData>): Promise<Terms> {
    const role = await requireRole(this.#mount.storage, internal.role);
    const { config } = await this.#terraform.open();
    const lifetime =
      internal.expired_at && (Date.parse(internal.expired_at) - lease.issueTime.getTime()) / 1000;
    return await this.#terms(role, config.explicit_max_ttl, lifetime || undefined);
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

  async #terms(role: Role, explicitMaxTtl: number, tokenLifetime?: number): Promise<Terms> {
    const { system } = this.#mount;
    const [mountDefaultTtl, mountMaxTtl] = await Promise.all([
      system.defaultLeaseTtl(),
      system.maxLeaseTtl(),
    ]);
    return leaseTerms({
      roleTtl: role.ttl,
      roleMaxTtl: role.max_ttl,
      mountDefaultTtl,
      mountMaxTtl,
      explicitMaxTtl,
      ...(tokenLifetime !== undefined && { tokenLifetime }),
    });
  }
}

function create(
  client: TerraformCloud,
  role: Role,
  options: { readonly description: string; readonly expiredAt: Date },
  signal: AbortSignal,
): Promise<IssuedToken> {
  return effectiveType(role) === "team"
    ? client.teamTokens.create(role.team_id, options, signal)
    : client.userTokens.create(role.user_id, options, signal);
}

function secondsUntil(time: Date): number {
  return (time.getTime() - Date.now()) / 1000;
}
