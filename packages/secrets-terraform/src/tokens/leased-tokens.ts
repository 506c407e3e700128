import type { DescribedTokenOptions, IssuedToken, TerraformCloud } from "@vault-ts/terraform-cloud";
import {
  defineSecret,
  type Mount,
  PluginError,
  type PluginErrorCode,
  Redacted,
  type Reply,
  type SecretContext,
  type TypedSecret,
  type Wal,
} from "@vault-ts/vault-plugin";
import * as v from "valibot";
import type { Config } from "../config.ts";
import { type LeaseBounds, leaseTerms, leaseWarnings, type Terms } from "../lease-terms.ts";
import { effectiveType, type Role, requireRole } from "../role.ts";
import type { TerraformAccess } from "../terraform-access.ts";
import { isNotFound } from "../upstream-error.ts";
import { endToken } from "./end-token.ts";
import type { LeasedOwner } from "./tagged-tokens.ts";
import { latestEnd, secondsLeft } from "./token-life.ts";
import { type PlannedToken, TokenLog } from "./token-log.ts";
import { newTag, taggedDescription } from "./token-tag.ts";

/**
 * Seconds that a token outlives the longest possible lease: the time that it takes to make the token, to answer, and to write
 * the lease down. With none, no lease could be as long as its role says.
 */
const ALLOWANCE = 5;

const leaseData = v.object({
  token_id: v.string(),
  role: v.string(),
  /** The user whose token it is, for one of a user. HashiCorp's engine keeps none. */
  user_id: v.optional(v.string()),
  /** Where the token was made. HashiCorp's engine keeps none. */
  address: v.optional(v.string()),
  /** When the token expires at Terraform Cloud, by this server's clock, ISO 8601. HashiCorp's engine keeps none. */
  expired_at: v.optional(v.pipe(v.string(), v.isoTimestamp())),
});

type LeaseData = v.InferOutput<typeof leaseData>;

/** Tokens of users and teams: a new one for each request, ended with its lease. */
export class LeasedTokens {
  readonly secret: TypedSecret<LeaseData>;
  readonly #mount: Mount;
  readonly #terraform: TerraformAccess;
  readonly #log: TokenLog;

  constructor(mount: Mount, terraform: TerraformAccess) {
    this.#mount = mount;
    this.#terraform = terraform;
    this.#log = new TokenLog(mount, terraform);
    this.secret = defineSecret({
      type: "terraform_token",
      internal: leaseData,
      renew: (context) => this.#renew(context),
      revoke: (context) => this.#revoke(context),
    });
  }

  /** The tokens that were made, or may have been, and not handed out. */
  get wal(): Wal {
    return this.#log.wal;
  }

  /** Makes a token for a role of type user or team. */
  async issue(role: Role, signal: AbortSignal): Promise<Reply> {
    const { clock } = this.#mount;
    return await this.#terraform.call(async (client, config) => {
      const bounds = await this.#bounds(role, config);
      const planned = new Date(clock.now() + (leaseTerms(bounds).maxTtl + ALLOWANCE) * 1000);
      const tag = newTag(this.#mount.uuid);
      const description = taggedDescription(role.description, tag);
      const owner = leasedOwner(role);
      const plannedToken: PlannedToken = {
        ...owner,
        tag,
        expired_at: planned.toISOString(),
        address: config.address,
      };
      const options = { description, expiredAt: planned };
      const issued = await this.#make(client, plannedToken, options, signal).catch((error: unknown) => {
        throw explained(owner, error);
      });
      const { token, id, expiredAt } = issued;
      const isTeam = owner.type === "team";
      const tokenLifetime = secondsLeft(issued, clock.now());
      return this.secret.issue({
        data: {
          token: new Redacted(token),
          token_id: id,
          ...((isTeam || role.description !== "") && { description }),
          ...(isTeam && expiredAt && { expired_at: expiredAt }),
        },
        internal: {
          token_id: id,
          role: role.name,
          ...(!isTeam && { user_id: owner.id }),
          address: config.address,
          ...(expiredAt && { expired_at: latestEnd(issued, clock.now()) }),
        },
        terms: leaseTerms({ ...bounds, tokenLifetime }),
        warnings: leaseWarnings({ ...bounds, tokenLifetime }),
      });
    });
  }

  /** Makes a token that can be handed out, and still has somebody to be handed to; one that isn't or hasn't is ended again. */
  async #make(
    client: TerraformCloud,
    plannedToken: PlannedToken,
    options: DescribedTokenOptions,
    signal: AbortSignal,
  ): Promise<IssuedToken> {
    const end = ({ id }: IssuedToken) => endToken(client, () => client.tokens.delete(id));
    const { issued, flaw } = await this.#log.during(plannedToken, async () => {
      const made = await create(client, plannedToken, options, signal);
      const found = signal.aborted ? CLIENT_GONE : flawOf(made, this.#mount.clock.now());
      if (found) await end(made);
      return { issued: made, flaw: found };
    });
    if (flaw) throw new PluginError(...flaw);
    if (!signal.aborted) return issued;
    // The client has gone while the entry was removed.
    await this.#log.during(plannedToken, () => end(issued));
    throw new PluginError(...CLIENT_GONE);
  }

  /** What the writer of a role should know of its leases. */
  async warningsOf(role: Role): Promise<readonly string[]> {
    const config = await this.#terraform.config();
    return config ? leaseWarnings(await this.#bounds(role, config)) : [];
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
    if (internal.expired_at && Date.parse(internal.expired_at) <= this.#mount.clock.now()) return;
    await this.#terraform.call(async (client, config) => {
      if (await endToken(client, () => client.tokens.delete(internal.token_id, signal), signal)) return;
      const unseen = whyUnseen(internal, config);
      if (unseen) throw new PluginError("bad_request", unseen);
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

/** Why a token that was made isn't handed out. */
type Flaw = readonly [code: PluginErrorCode, message: string];

const CLIENT_GONE: Flaw = ["upstream_timeout", "the client has gone: its token was ended again"];

const TTL_REJECTED: Flaw = [
  "bad_request",
  "its organization rejects a token that lives so long: give the role a lower max_ttl, or config an explicit_max_ttl",
];

/** @param now Milliseconds since 1970. */
function flawOf(issued: IssuedToken, now: number): Flaw | undefined {
  if (issued.isTtlRejected) return TTL_REJECTED;
  // To a host, a lease of no time at all is one of its own default.
  if (secondsLeft(issued, now) >= 1) return undefined;
  const [from, until] = [issued.createdAt.toISOString(), issued.expiredAt?.toISOString()];
  return [
    "upstream",
    `Terraform Cloud made a token that lives from ${from} until ${until}: check the clocks of both servers`,
  ];
}

/** Why a token that isn't found may be there all the same, with what to do; undefined if that proves that it is gone. */
function whyUnseen({ address, user_id }: LeaseData, config: Config): string | undefined {
  if (address !== undefined && address !== config.address)
    return `the token was made at ${address}, and this mount calls ${config.address}: end it there, and revoke the lease by force`;
  if (user_id !== undefined && config.token_owner_type !== "" && config.owner_id !== user_id)
    return `the token is one of user ${user_id}, and this mount's is one of ${config.token_owner_type} ${config.owner_id}, which doesn't see it: end it as its user, and revoke the lease by force`;
  return undefined;
}

function create(
  client: TerraformCloud,
  { type, id }: LeasedOwner,
  options: DescribedTokenOptions,
  signal: AbortSignal,
): Promise<IssuedToken> {
  return (type === "team" ? client.teamTokens : client.userTokens).create(id, options, signal);
}

/** "Not found" has many reasons; only the server's age can't be guessed from the outside. */
function explained({ type }: LeasedOwner, error: unknown): unknown {
  if (type !== "team" || !isNotFound(error)) return error;
  return new PluginError(
    "bad_request",
    `${PluginError.from(error).message}: the team isn't there, the mount's token may not make tokens of it, or this Terraform Enterprise is too old for several tokens of a team, and takes credential_type team_legacy`,
    { cause: error },
  );
}

function leasedOwner(role: Role): LeasedOwner {
  return effectiveType(role) === "team"
    ? { type: "team", id: role.team_id, organization: role.organization }
    : { type: "user", id: role.user_id, organization: "" };
}
