import { newId, newMetricsTokenText, newTokenText } from "./identifiers.ts";
import { SimulatorError } from "./simulator-error.ts";
import { type Workspace, Workspaces } from "./workspaces.ts";

export interface User {
  readonly id: string;
  readonly username: string;
}

export interface Team {
  readonly id: string;
  readonly name: string;
  /** The name of its organization. */
  readonly organization: string;
  /** Its members have all rights in the organization. */
  readonly isOwners: boolean;
  /** User ids. */
  readonly members: readonly string[];
}

export interface AgentPool {
  readonly id: string;
  /** The name of its organization. */
  readonly organization: string;
}

/** The initial contents of a world. */
export interface Seed {
  readonly users: readonly User[];
  /** Names. */
  readonly organizations: readonly string[];
  readonly teams: readonly Team[];
  readonly agentPools: readonly AgentPool[];
  /** None if absent. */
  readonly workspaces?: readonly Workspace[];
}

/** Features that an organization may not be entitled to. */
export type Entitlement = "agents" | "audit-logging";

/**
 * The owner of a token. The audit trails and the metrics of an organization have tokens of their
 * own, in addition to that of the organization.
 */
export interface Owner {
  readonly type: "users" | "teams" | "organizations" | "agent-pools" | "audit-trails" | "metrics";
  /** The name of an organization, also for its audit trails and metrics; otherwise the id. */
  readonly id: string;
}

/** Owners that are named by their organization. */
const BY_NAME: ReadonlySet<Owner["type"]> = new Set(["organizations", "audit-trails", "metrics"]);

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

/**
 * The state of Terraform Cloud and its access rules: users, teams, organizations and their tokens.
 */
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
  readonly workspaces: Workspaces;
  readonly #users: ReadonlyMap<string, User>;
  /** The names as they were written, by their lower case. */
  readonly #organizations: ReadonlyMap<string, string>;
  readonly #teams: ReadonlyMap<string, Team>;
  readonly #agentPools: ReadonlyMap<string, AgentPool>;
  readonly #tokens = new Map<string, WorldToken>();
  readonly #now: () => number;

  /** @param now Milliseconds since 1970. */
  constructor(seed: Seed, now: () => number = Date.now) {
    this.#users = new Map(seed.users.map((user) => [user.id, user]));
    this.#organizations = new Map(seed.organizations.map((name) => [name.toLowerCase(), name]));
    this.#teams = new Map(seed.teams.map((team) => [team.id, team]));
    this.#agentPools = new Map(seed.agentPools.map((pool) => [pool.id, pool]));
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
    const callers = this.tokens.filter(({ owner }) => CALLERS.has(owner.type));
    const token = callers.find((known) => known.text === text && !this.isRejected(known));
    if (token) token.lastUsedAt = new Date(this.#now());
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
   * @throws SimulatorError 404 if there is none, or the actor may not see it, without a difference.
   */
  user(id: string): User {
    return found(this.#users.get(id));
  }

  team(actor: WorldToken, id: string): Team {
    const team = this.#teams.get(id);
    const sees =
      team &&
      (this.#isMember(actor, team) || this.#mayManageOrganization(actor, team.organization));
    return found(sees ? team : undefined);
  }

  /** Returns the organization's name as it was written: names are not case-sensitive. */
  organization(actor: WorldToken, anyCase: string): string {
    const name = found(this.#organizations.get(anyCase.toLowerCase()));
    const teams = [...this.#teams.values()].filter((team) => team.organization === name);
    const sees =
      this.#mayManageOrganization(actor, name) || teams.some((team) => this.#isMember(actor, team));
    return found(sees ? name : undefined);
  }

  /** Returns the teams of an organization that the actor may see. */
  teamsOf(actor: WorldToken, anyCase: string): readonly Team[] {
    const organization = this.organization(actor, anyCase);
    const seesAll = this.#mayManageOrganization(actor, organization);
    const teams = [...this.#teams.values()].filter((team) => team.organization === organization);
    return teams.filter((team) => seesAll || this.#isMember(actor, team));
  }

  /**
   * Returns an organization's token TTL policy.
   *
   * @throws SimulatorError 403 if the actor doesn't manage it.
   */
  ttlPolicyOf(actor: WorldToken, organization: string): TtlPolicy {
    this.organization(actor, organization);
    if (!this.#mayManageOrganization(actor, organization))
      throw new SimulatorError(403, "forbidden");
    return this.ttlPolicy;
  }

  /** Returns the tokens of an owner; none if the actor may not manage them. */
  tokensOf(actor: WorldToken, owner: Owner): readonly WorldToken[] {
    return this.mayManage(actor, owner)
      ? this.tokens.filter((token) => isSame(token.owner, owner))
      : [];
  }

  /** The tokens of an organization's teams that the actor may manage. */
  teamTokens(actor: WorldToken, anyCase: string): readonly WorldToken[] {
    const organization = this.organization(actor, anyCase);
    const teams = [...this.#teams.values()].filter((team) => team.organization === organization);
    return teams.flatMap(({ id }) => this.tokensOf(actor, { type: "teams", id }));
  }

  /** Returns the token of a single-token owner. */
  singleToken(actor: WorldToken, owner: Owner): WorldToken {
    return found(this.tokensOf(actor, owner).find(({ description }) => description === null));
  }

  /** Returns the entitlements of an organization. */
  entitlements(actor: WorldToken, anyCase: string): Readonly<Record<Entitlement, boolean>> {
    this.organization(actor, anyCase);
    return {
      agents: !this.missing.has("agents"),
      "audit-logging": !this.missing.has("audit-logging"),
    };
  }

  /** Returns an agent pool that the actor may manage. */
  agentPool(actor: WorldToken, id: string): AgentPool {
    const pool = this.#agentPools.get(id);
    return found(pool && this.#mayManageOrganization(actor, pool.organization) ? pool : undefined);
  }

  /** Returns a token by its id. */
  token(actor: WorldToken, id: string): WorldToken {
    const token = this.#tokens.get(id);
    return found(token && this.mayManage(actor, token.owner) ? token : undefined);
  }

  /** Creates a token without a check of rights. */
  grant(to: Owner, { description, expiredAt }: NewToken): WorldToken {
    const owner = this.#known(to);
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
    return token;
  }

  /**
   * Creates a token. One without a description replaces the owner's present one.
   *
   * @throws SimulatorError 404 if the actor may not; 422 if a token of the team has this
   * description.
   */
  create(actor: WorldToken, to: Owner, options: NewToken): WorldToken {
    const owner = this.#known(to);
    if (!this.#exists(owner) || !this.mayManage(actor, owner) || this.#lacks(owner))
      throw new SimulatorError(404, "not found");
    const same = [...this.#tokens.values()].find(
      (token) => isSame(token.owner, owner) && token.description === options.description,
    );
    if (same && options.description === null) this.#tokens.delete(same.id);
    else if (same && owner.type === "teams") {
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
  }

  /** Whether the actor may create, list and delete the owner's tokens. */
  mayManage(actor: WorldToken, owner: Owner): boolean {
    switch (owner.type) {
      case "users":
        return isSame(actor.owner, owner);
      case "organizations":
      case "audit-trails":
      case "metrics":
        return this.#mayManageOrganization(actor, owner.id);
      case "agent-pools": {
        const pool = this.#agentPools.get(owner.id);
        return pool !== undefined && this.#mayManageOrganization(actor, pool.organization);
      }
      case "teams": {
        const team = this.#teams.get(owner.id);
        return (
          team !== undefined &&
          (this.#isMember(actor, team) || this.#mayManageOrganization(actor, team.organization))
        );
      }
    }
  }

  #exists({ type, id }: Owner): boolean {
    if (BY_NAME.has(type)) return this.#organizations.has(id.toLowerCase());
    return [this.#users, this.#teams, this.#agentPools].some((known) => known.has(id));
  }

  /**
   * Whether the organization isn't entitled to tokens of the owner: existing ones can be read and
   * deleted.
   */
  #lacks({ type }: Owner): boolean {
    if (type === "agent-pools") return this.missing.has("agents");
    return type === "audit-trails" && this.missing.has("audit-logging");
  }

  /** Returns the owner with its organization's name as it was written. */
  #known(owner: Owner): Owner {
    if (!BY_NAME.has(owner.type)) return owner;
    return { ...owner, id: this.#organizations.get(owner.id.toLowerCase()) ?? owner.id };
  }

  #isAlive({ expiredAt }: WorldToken): boolean {
    return expiredAt === null || expiredAt.getTime() > this.#now();
  }

  /** The organization's own token, its owners team's, and those of the owners. */
  #mayManageOrganization(actor: WorldToken, anyCase: string): boolean {
    const name = this.#organizations.get(anyCase.toLowerCase());
    if (name === undefined) return false;
    const owners = [...this.#teams.values()].find(
      (team) => team.organization === name && team.isOwners,
    );
    return (
      isSame(actor.owner, { type: "organizations", id: name }) ||
      (owners !== undefined && this.#isMember(actor, owners))
    );
  }

  /** A member, or the team itself. */
  #isMember({ owner }: WorldToken, team: Team): boolean {
    return (
      (owner.type === "users" && team.members.includes(owner.id)) ||
      (owner.type === "teams" && owner.id === team.id)
    );
  }
}

function isSame(a: Owner, b: Owner): boolean {
  if (a.type !== b.type) return false;
  return a.id === b.id || (BY_NAME.has(a.type) && a.id.toLowerCase() === b.id.toLowerCase());
}

function found<T>(thing: T | undefined): T {
  if (thing === undefined) throw new SimulatorError(404, "not found");
  return thing;
}
