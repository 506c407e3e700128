import { SimulatorError } from "./simulator-error.ts";

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

/** Everyone who can own tokens. */
export interface Accounts {
  readonly users: readonly User[];
  /** Names. */
  readonly organizations: readonly string[];
  readonly teams: readonly Team[];
  readonly agentPools: readonly AgentPool[];
}

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

/**
 * The users, teams, organizations and agent pools of a Terraform Cloud, and which of them may see
 * and manage which others. An actor is the owner of the token that calls.
 */
export class Directory {
  readonly #users: ReadonlyMap<string, User>;
  /** The names as they were written, by their lower case. */
  readonly #organizations: ReadonlyMap<string, string>;
  readonly #teams: ReadonlyMap<string, Team>;
  readonly #agentPools: ReadonlyMap<string, AgentPool>;

  constructor({ users, organizations, teams, agentPools }: Accounts) {
    this.#users = new Map(users.map((user) => [user.id, user]));
    this.#organizations = new Map(organizations.map((name) => [name.toLowerCase(), name]));
    this.#teams = new Map(teams.map((team) => [team.id, team]));
    this.#agentPools = new Map(agentPools.map((pool) => [pool.id, pool]));
  }

  /** @throws SimulatorError 404 if there is none. */
  user(id: string): User {
    return found(this.#users.get(id));
  }

  /**
   * @throws SimulatorError 404 if there is none, or the actor may not see it, without a difference.
   */
  team(actor: Owner, id: string): Team {
    const team = this.#teams.get(id);
    const sees =
      team && (isMember(actor, team) || this.mayManageOrganization(actor, team.organization));
    return found(sees ? team : undefined);
  }

  /** Returns the organization's name as it was written: names are not case-sensitive. */
  organization(actor: Owner, anyCase: string): string {
    const name = found(this.#organizations.get(anyCase.toLowerCase()));
    return found(this.#seesOrganization(actor, name) ? name : undefined);
  }

  /** Returns the names of the organizations that the actor may see. */
  organizationsOf(actor: Owner): readonly string[] {
    return [...this.#organizations.values()].filter((name) => this.#seesOrganization(actor, name));
  }

  /** Returns the teams of an organization that the actor may see. */
  teamsOf(actor: Owner, anyCase: string): readonly Team[] {
    const organization = this.organization(actor, anyCase);
    const seesAll = this.mayManageOrganization(actor, organization);
    return this.#allTeams(organization).filter((team) => seesAll || isMember(actor, team));
  }

  /** Returns an agent pool that the actor may manage. */
  agentPool(actor: Owner, id: string): AgentPool {
    const pool = this.#agentPools.get(id);
    return found(pool && this.mayManageOrganization(actor, pool.organization) ? pool : undefined);
  }

  /** Whether the actor may create, list and delete the owner's tokens. */
  mayManage(actor: Owner, owner: Owner): boolean {
    switch (owner.type) {
      case "users":
        return isSame(actor, owner);
      case "organizations":
      case "audit-trails":
      case "metrics":
        return this.mayManageOrganization(actor, owner.id);
      case "agent-pools": {
        const pool = this.#agentPools.get(owner.id);
        return pool !== undefined && this.mayManageOrganization(actor, pool.organization);
      }
      case "teams": {
        const team = this.#teams.get(owner.id);
        return (
          team !== undefined &&
          (isMember(actor, team) || this.mayManageOrganization(actor, team.organization))
        );
      }
    }
  }

  /** The organization itself, its owners team, and the members of that. */
  mayManageOrganization(actor: Owner, anyCase: string): boolean {
    const name = this.#organizations.get(anyCase.toLowerCase());
    if (name === undefined) return false;
    const owners = this.#allTeams(name).find((team) => team.isOwners);
    return (
      isSame(actor, { type: "organizations", id: name }) ||
      (owners !== undefined && isMember(actor, owners))
    );
  }

  exists({ type, id }: Owner): boolean {
    if (BY_NAME.has(type)) return this.#organizations.has(id.toLowerCase());
    return [this.#users, this.#teams, this.#agentPools].some((known) => known.has(id));
  }

  /** Returns the owner with its organization's name as it was written. */
  spelled(owner: Owner): Owner {
    if (!BY_NAME.has(owner.type)) return owner;
    return { ...owner, id: this.#organizations.get(owner.id.toLowerCase()) ?? owner.id };
  }

  #seesOrganization(actor: Owner, name: string): boolean {
    return (
      this.mayManageOrganization(actor, name) ||
      this.#allTeams(name).some((team) => isMember(actor, team))
    );
  }

  #allTeams(organization: string): readonly Team[] {
    return [...this.#teams.values()].filter((team) => team.organization === organization);
  }
}

/** Whether two owners are the same: names of organizations are not case-sensitive. */
export function isSame(a: Owner, b: Owner): boolean {
  if (a.type !== b.type) return false;
  return a.id === b.id || (BY_NAME.has(a.type) && a.id.toLowerCase() === b.id.toLowerCase());
}

/** A member, or the team itself. */
function isMember(actor: Owner, team: Team): boolean {
  return (
    (actor.type === "users" && team.members.includes(actor.id)) ||
    (actor.type === "teams" && actor.id === team.id)
  );
}

/** @throws SimulatorError 404 if there is no such thing. */
export function found<T>(thing: T | undefined): T {
  if (thing === undefined) throw new SimulatorError(404, "not found");
  return thing;
}
