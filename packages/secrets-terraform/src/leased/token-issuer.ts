import { type IssuedToken, type Outcome, outcomeOf } from "@vault-ts/terraform-cloud";
import {
  type Mount,
  PluginError,
  type PluginErrorCode,
  Redacted,
  type Reply,
  type TypedSecret,
} from "@vault-ts/vault-plugin";
import { changeDeadline, isWorthRetrying, type RequestCaller } from "../caller.ts";
import { identityOf } from "../config/config.ts";
import { explainNotFound } from "../kinds/explain-not-found.ts";
import {
  type AnyLeasedKind,
  KINDS,
  type LeasedType,
  type Owner,
  type Target,
  targetOf,
} from "../kinds/index.ts";
import { withCreatorsOrganization } from "../kinds/team.ts";
import type { Role } from "../role/role.ts";
import type { OpenTerraform, Terraform } from "../terraform.ts";
import { fromUpstream } from "../upstream-error.ts";
import { boundsOf, mountTtls } from "./bounds.ts";
import type { LeaseData } from "./lease.ts";
import type { LeaseEntries, OpenLease } from "./lease-entry.ts";
import { type LeaseBounds, leaseTerms, leaseWarnings } from "./lease-terms.ts";
import { secondsLeft } from "./token-life.ts";
import { lifetimeWithAllowance, TokenLifetimes, ttlRejected } from "./token-lifetimes.ts";
import { TokenLists } from "./token-lists.ts";
import { newTag, taggedDescription } from "./token-tag.ts";

/** A token that was created, and its tag. */
interface TaggedToken {
  readonly token: IssuedToken;
  readonly tag: string;
}

/** All that the creation of a token for a role needs. */
interface Plan extends OpenTerraform {
  readonly role: Role;
  readonly type: LeasedType;
  readonly kind: AnyLeasedKind;
  readonly owner: Owner;
  readonly target: Target;
  readonly bounds: LeaseBounds;
  readonly caller: RequestCaller;
  /** When the creation must have ended, with all its attempts. */
  readonly deadline: number;
}

/** Creates the leased tokens of a mount. */
export class TokenIssuer {
  readonly #mount: Mount;
  readonly #terraform: Terraform;
  readonly #entries: LeaseEntries;
  readonly #secret: TypedSecret<LeaseData>;
  readonly #lifetimes: TokenLifetimes;

  constructor(
    mount: Mount,
    terraform: Terraform,
    entries: LeaseEntries,
    secret: TypedSecret<LeaseData>,
  ) {
    this.#mount = mount;
    this.#terraform = terraform;
    this.#entries = entries;
    this.#secret = secret;
    this.#lifetimes = new TokenLifetimes(mount);
  }

  /**
   * A new token for a role, with its lease. A creation of unknown outcome is reconciled at once,
   * and tried again within request_timeout.
   *
   * @param ttl Seconds that the lease shall last; 0 for the role's.
   * @throws PluginError `read_only` on a standby.
   */
  async issue(role: Role, type: LeasedType, ttl: number, caller: RequestCaller): Promise<Reply> {
    const ttls = await mountTtls(this.#mount);
    const { client, config } = await this.#terraform.open(caller);
    const deadline = changeDeadline(caller, config);
    const kind: AnyLeasedKind = KINDS[type];
    const bounds = { ...boundsOf(ttls, role, config), requestedTtl: ttl };
    const plan: Plan = {
      client: client.for({ ...caller, deadline }),
      config,
      role,
      type,
      kind,
      owner: kind.ownerOf(role),
      target: withCreatorsOrganization(identityOf(config), targetOf(role)),
      bounds,
      caller,
      deadline,
    };
    return this.#reply(plan, await this.#createAllowed(plan));
  }

  /** Creates a token with a lifetime that the organization's TTL policy allows. */
  async #createAllowed(plan: Plan): Promise<TaggedToken> {
    const first = await this.#createAtMostTwice(plan, await this.#lifetimes.first(plan));
    if (!first.token.isTtlRejected) return first;
    const lifetime = this.#lifetimes.afterRejection(plan, first.token);
    const second = await this.#createAtMostTwice(plan, lifetime);
    if (second.token.isTtlRejected) throw ttlRejected();
    this.#lifetimes.remember(plan);
    return second;
  }

  /** @param lifetime Seconds that the token is created for. */
  async #createAtMostTwice(plan: Plan, lifetime: number): Promise<TaggedToken> {
    const { kind, owner, caller, deadline } = plan;
    const first = await this.#create(plan, lifetime);
    const isRetried = first.status === "unknown" && isWorthRetrying(caller, deadline);
    const outcome = isRetried ? await this.#create(plan, lifetime) : first;
    if (outcome.status === "applied") return outcome.value;
    throw explainNotFound(kind, owner, outcome.error);
  }

  /**
   * Entry → call → storage. What is in between when it ends stays pending, for the rollback.
   *
   * @returns A token that is rejected by the TTL policy was deleted.
   */
  async #create(plan: Plan, lifetime: number): Promise<Outcome<TaggedToken>> {
    const { client, config, role, type, kind, owner, target, bounds, caller } = plan;
    const { clock, uuid } = this.#mount;
    const tag = newTag(uuid);
    const expiredAt = new Date(clock.now() + lifetime * 1000);
    const planned = {
      ...target,
      kind: type,
      expired_at: kind.expires ? expiredAt.toISOString() : "",
      address: config.address,
      role: role.name,
    };
    // On a standby this fails, before anything is created.
    using entry = await this.#entries.begin(tag, planned);

    const description = taggedDescription(role.description, tag);
    const outcome = await outcomeOf(kind.create(client, owner, { description, expiredAt }));
    if (outcome.status === "not applied") await entry.remove();
    if (outcome.status === "unknown") await this.#deleteByTag(plan, tag, entry);
    if (outcome.status !== "applied") return outcome;

    const token = outcome.value;
    const flaw = caller.signal.aborted ? CLIENT_GONE : flawOf(token, clock.now());
    if (flaw || token.isTtlRejected) await this.#deleteById(plan, token.id, entry);
    if (flaw) throw new PluginError(...flaw);
    if (token.isTtlRejected) return { status: "applied", value: { token, tag } };
    try {
      // The lease begins now, however long the creation took.
      const end = clock.now() + lifetimeWithAllowance(bounds) * 1000;
      await entry.issued(token.id, new Date(end));
      if (caller.signal.aborted) throw new PluginError(...CLIENT_GONE);
    } catch (error) {
      await this.#takeBack(plan, token.id, entry);
      throw error;
    }
    return { status: "applied", value: { token, tag } };
  }

  /**
   * Finds a token whose creation has no known outcome, and deletes it. Where it isn't found, it may
   * still come: the entry stays.
   */
  async #deleteByTag(plan: Plan, tag: string, entry: OpenLease): Promise<void> {
    const { client, config, target, type, caller } = plan;
    if (caller.signal.aborted) return;
    try {
      const identity = await this.#terraform.identity({ client, config });
      const ids = await new TokenLists(client, identity).idsByTag({ ...target, kind: type });
      const id = ids.get(tag);
      if (id !== undefined) await this.#deleteById(plan, id, entry);
    } catch (error) {
      this.#leave(tag, error);
    }
  }

  /** Deletes a token that isn't returned after all, although its entry may say that it is. */
  async #takeBack(plan: Plan, id: string, entry: OpenLease): Promise<void> {
    try {
      await entry.reopen();
    } catch (error) {
      this.#leave(id, error);
    }
    await this.#deleteById(plan, id, entry);
  }

  /** Deletes a token that isn't returned. Where that fails, the entry stays. */
  async #deleteById(
    { client, kind, owner, caller }: Plan,
    id: string,
    entry: OpenLease,
  ): Promise<void> {
    try {
      // The client may have gone, and its token has to go all the same.
      await kind.delete(client.for({ deadline: caller.deadline }), owner, id);
      await entry.remove();
    } catch (error) {
      this.#leave(id, error);
    }
  }

  #leave(token: string, error: unknown): void {
    const { message } = PluginError.from(fromUpstream(error));
    this.#mount.logger.warn("cleaning up an orphaned token failed; the rollback retries it", {
      token,
      error: message,
    });
  }

  #reply(
    { role, config, type, kind, target, bounds }: Plan,
    { token: issued, tag }: TaggedToken,
  ): Reply {
    const { token, id, description, expiredAt } = issued;
    const lifetime = secondsLeft(issued, this.#mount.clock.now());
    return this.#secret.issue({
      data: {
        token: new Redacted(token),
        token_id: id,
        role: role.name,
        ...((kind.showsDescription || role.description !== "") && { description }),
        ...(kind.showsDescription && expiredAt && { expired_at: expiredAt }),
      },
      internal: {
        token_id: id,
        role: role.name,
        tag,
        owner: { kind: type, ...target },
        ttl: bounds.requestedTtl ?? 0,
        address: config.address,
        ...(expiredAt && { expired_at: expiredAt.toISOString(), lifetime }),
      },
      terms: leaseTerms({ ...bounds, tokenLifetime: lifetime }),
      warnings: leaseWarnings({ ...bounds, tokenLifetime: lifetime }),
    });
  }
}

/** Why a token that was created isn't returned. */
type Flaw = readonly [code: PluginErrorCode, message: string];

const CLIENT_GONE: Flaw = ["canceled", "the client canceled the request; the new token is deleted"];

/** @param now Milliseconds since 1970. */
function flawOf(issued: IssuedToken, now: number): Flaw | undefined {
  // To a host, a lease of no time at all is one of its own default.
  if (secondsLeft(issued, now) >= 1) return undefined;
  const [from, until] = [issued.createdAt.toISOString(), issued.expiredAt?.toISOString()];
  return [
    "upstream",
    `the new token is expired by this server's clock and is deleted: it is valid from ${from} until ${until}; check the clocks of both servers`,
  ];
}
