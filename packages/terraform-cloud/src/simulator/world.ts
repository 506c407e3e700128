import { type Accounts, Directory, found, isSame, type Owner } from "./directory.ts";
import { newId, newMetricsTokenText, newTokenText } from "./identifiers.ts";
import { SimulatorError } from "./simulator-error.ts";
import { type Workspace, Workspaces } from "./workspaces.ts";

/** The initial contents of a world. */
export interface Seed extends Accounts {
  /** None if absent. */
  readonly workspaces?: readonly Workspace[];
}

/** Features that an organization may not be entitled to. */
export type Entitlement = "agents" | "audit-logging";

/** Owners whose tokens can call the API. */
const CALLERS: ReadonlySet<Owner["type"]> = new Set(["users", "teams", "organizations"]);

export interface WorldToken {
  readonly id: string;
  /** The secret itself. */
  readonly text: string;
  readonly owner: Owner;
  /**
   * Null for an organization's token and the legacy token of a team; each owner has one of those.
   */
  readonly description: string | null;
  readonly createdAt: Date;
  readonly expiredAt: Date | null;
  lastUsedAt: Date | null;
}

export interface NewToken {
  readonly description: string | null;
  /** By the world's default lifetime if absent. */
  readonly expiredAt?: Date | undefined;
}

/** The longest lifetime of tokens by the type of their owner, in milliseconds. */
export type TtlPolicy = { readonly [T in Owner["type"]]?: number };

/** Terraform Cloud's default and maximum lifetime of tokens. */
export const TWO_YEARS_MS = 2 * 365 * 24 * 3600 * 1000;

/** The state of a Terraform Cloud: its tokens, their lifetimes, and who may see and change them. */
export class World {
  /**
   * The default lifetime of tokens in milliseconds; null is for ever, for all tokens, as in servers
   * without expiry.
   */
  defaultLifetimeMs: number | null = TWO_YEARS_MS;
  /**
   * The token TTL policy of its organizations. Tokens with a longer lifetime exist, and don't work.
   */
  ttlPolicy: TtlPolicy = {};
  /** The features that its organizations aren't entitled to. */
  readonly missing = new Set<Entitlement>();
  /** Milliseconds that its clock is ahead; negative if it is behind. */
  clockOffsetMs = 0;
  readonly directory: Directory;
  readonly workspaces: Workspaces;
  /** By their ids. */
  readonly #tokens = new Map<string, WorldToken>();
  /** By their secrets. */
  readonly #texts = new Map<string, WorldToken>();
  readonly #now: () => number;

  /** @param now Milliseconds since 1970. */
  constructor(seed: Seed, now: () => number = Date.now) {
    this.directory = new Directory(seed);
    this.workspaces = new Workspaces(seed.workspaces ?? []);
    this.#now = () => now() + this.clockOffsetMs;
  }

  /** All tokens that are valid. */
  get tokens(): readonly WorldToken[] {
    return [...this.#tokens.values()].filter((token) => this.#isAlive(token));
  }

  /** Its time, in milliseconds since 1970. */
  get now(): number {
    return this.#now();
  }

  /** Returns the token with that secret if it can call the API; updates its last use. */
  authenticate(text: string): WorldToken | undefined {
    const token = this.#texts.get(text);
    if (!token || !CALLERS.has(token.owner.type)) return undefined;
    if (!this.#isAlive(token) || this.isRejected(token)) return undefined;
    token.lastUsedAt = new Date(this.#now());
    return token;
  }

  /** Whether the policy rejects a token's lifetime. */
  isRejected({ owner, createdAt, expiredAt }: WorldToken): boolean {
    const longestMs = this.ttlPolicy[owner.type];
    const lifetimeMs =
      expiredAt === null ? Number.POSITIVE_INFINITY : expiredAt.getTime() - createdAt.getTime();
    return longestMs !== undefined && lifetimeMs > longestMs;
  }

  /**
   * Returns an organization's token TTL policy.
   *
   * @throws SimulatorError 403 if the actor doesn't manage it.
   */
  ttlPolicyOf(actor: WorldToken, organization: string): TtlPolicy {
    this.directory.organization(actor.owner, organization);
    if (!this.directory.mayManageOrganization(actor.owner, organization))
      throw new SimulatorError(403, "forbidden");
    return this.ttlPolicy;
  }

  /** Returns the tokens of an owner; none if the actor may not manage them. */
  tokensOf(actor: WorldToken, owner: Owner): readonly WorldToken[] {
    return this.directory.mayManage(actor.owner, owner)
      ? this.tokens.filter((token) => isSame(token.owner, owner))
      : [];
  }

  /** The tokens of an organization's teams that the actor may manage. */
  teamTokens(actor: WorldToken, anyCase: string): readonly WorldToken[] {
    const teams = this.directory.teamsOf(actor.owner, anyCase);
    return teams.flatMap(({ id }) => this.tokensOf(actor, { type: "teams", id }));
  }

  /** Returns the token of a single-token owner. */
  singleToken(actor: WorldToken, owner: Owner): WorldToken {
    return found(this.tokensOf(actor, owner).find(({ description }) => description === null));
  }

  /** Returns the entitlements of an organization. */
  entitlements(actor: WorldToken, anyCase: string): Readonly<Record<Entitlement, boolean>> {
    this.directory.organization(actor.owner, anyCase);
    return {
      agents: !this.missing.has("agents"),
      "audit-logging": !this.missing.has("audit-logging"),
    };
  }

  /** Returns a token by its id. */
  token(actor: WorldToken, id: string): WorldToken {
    const token = this.#tokens.get(id);
    return found(token && this.directory.mayManage(actor.owner, token.owner) ? token : undefined);
  }

  /** Creates a token without a check of rights. */
  grant(to: Owner, { description, expiredAt }: NewToken): WorldToken {
    const owner = this.directory.spelled(to);
    const now = this.#now();
    // Tokens of agent pools never expire.
    const defaultLifetimeMs = owner.type === "agent-pools" ? null : this.defaultLifetimeMs;
    const isMetrics = owner.type === "metrics";
    const token: WorldToken = {
      id: newId(isMetrics ? "mt" : "at"),
      text: isMetrics ? newMetricsTokenText() : newTokenText(),
      owner,
      description,
      createdAt: new Date(now),
      lastUsedAt: null,
      expiredAt:
        defaultLifetimeMs === null ? null : (expiredAt ?? new Date(now + defaultLifetimeMs)),
    };
    this.#tokens.set(token.id, token);
    this.#texts.set(token.text, token);
    return token;
  }

  /**
   * Creates a token. One without a description replaces the owner's current one.
   *
   * @throws SimulatorError 404 if the actor may not; 422 if a token of the team has this
   * description.
   */
  create(actor: WorldToken, to: Owner, options: NewToken): WorldToken {
    const owner = this.directory.spelled(to);
    const mayManage = this.directory.mayManage(actor.owner, owner);
    if (!this.directory.exists(owner) || !mayManage || this.#lacks(owner))
      throw new SimulatorError(404, "not found");
    const isUnique = options.description === null || owner.type === "teams";
    const same = isUnique
      ? [...this.#tokens.values()].find(
          (token) => isSame(token.owner, owner) && token.description === options.description,
        )
      : undefined;
    if (same && options.description === null) this.delete(same);
    else if (same) {
      throw new SimulatorError(
        422,
        "invalid attributes",
        "Validation failed: Description has already been taken",
      );
    }
    return this.grant(owner, options);
  }

  /** Deletes a token, which stops working at once. */
  delete(token: WorldToken): void {
    this.#tokens.delete(token.id);
    this.#texts.delete(token.text);
  }

  /**
   * Whether the organization isn't entitled to tokens of the owner: existing ones can be read and
   * deleted.
   */
  #lacks({ type }: Owner): boolean {
    if (type === "agent-pools") return this.missing.has("agents");
    return type === "audit-trails" && this.missing.has("audit-logging");
  }

  #isAlive({ expiredAt }: WorldToken): boolean {
    return expiredAt === null || expiredAt.getTime() > this.#now();
  }
}
