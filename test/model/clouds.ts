import {
  answerRequest,
  type CarriedRequest,
  RequestQuota,
  type SiteAnswer,
  World,
  type WorldToken,
} from "@vault-ts/terraform-cloud/simulator";
import {
  ADDRESSES,
  type CloudName,
  OPERATORS,
  type Operator,
  ROOTS,
  SEED,
} from "./seeded-world.ts";

/** Who has sent a request: a mount, in one life of its process. */
export interface Sender {
  readonly mount: number;
  readonly life: { ended: boolean };
  /** Milliseconds since 1970. */
  readonly sentAt: number;
  /** Whether it is carried out long after the client has given it up. */
  readonly isLate: boolean;
  /**
   * Of a request about an owner's one token: the owner, by its path in lower case; empty for other
   * requests.
   */
  about?: string;
  /** When it was carried out, if that was in time. */
  actedAt?: number;
  /** When the token that the request made arrived. */
  tokenArrivedAt?: number;
}

/** A token that was made while a history ran, or before. */
export interface KnownToken {
  readonly cloud: CloudName;
  readonly token: WorldToken;
  readonly bornAt: number;
  /** Undefined for those of operators. */
  readonly madeBy: Sender | undefined;
  /** What has deleted or replaced it; an operator if `by` is undefined. */
  death:
    | { readonly by: Sender | undefined; readonly method: string; readonly at: number }
    | undefined;
  /** Whether the process died between the last write of the request that made it and the lease. */
  wasLostInCrash: boolean;
}

/** Two Terraform Clouds, and the life of each token at them. */
export class Clouds {
  readonly worlds: Readonly<Record<CloudName, World>>;
  readonly known: KnownToken[] = [];
  readonly operators: Readonly<Record<Operator, WorldToken>>;
  readonly #now: () => number;
  readonly #quota = new RequestQuota();

  constructor(now: () => number) {
    this.#now = now;
    this.worlds = { A: new World(SEED, now), B: new World(SEED, now) };
    const grant = ({ cloud, owner }: (typeof OPERATORS)[Operator]) =>
      this.worlds[cloud].grant(owner, {
        description: owner.type === "organizations" ? null : "operator",
      });
    const granted = Object.entries(OPERATORS).map(([name, operator]) => [name, grant(operator)]);
    this.operators = Object.fromEntries(granted) as Record<Operator, WorldToken>;
    this.#note("A", undefined, "");
    this.#note("B", undefined, "");
  }

  /** The one at an address, if there is one. */
  nameOf(origin: string): CloudName | undefined {
    return (["A", "B"] as const).find((name) => ADDRESSES[name] === origin);
  }

  /** Carries a request out. */
  act(name: CloudName, request: CarriedRequest, sender: Sender): SiteAnswer {
    const basePath = ROOTS.find((root) => request.path.startsWith(root)) ?? ROOTS[0];
    const site = {
      world: this.worlds[name],
      edition: "hcp",
      basePath,
      rateLimit: undefined,
      quota: this.#quota,
    } as const;
    const answer = answerRequest(site, request);
    if (request.method !== "GET") this.#note(name, sender, request.method);
    return answer;
  }

  /**
   * Replaces the one token of an owner by hand, as an operator does at Terraform Cloud's own pages.
   */
  replaceByHand(name: CloudName, type: "organizations" | "teams", id: string): void {
    const world = this.worlds[name];
    const admin = world.grant({ type: "users", id: "user-ann" }, { description: "by hand" });
    world.create(admin, { type, id }, { description: null });
    world.delete(admin);
    this.#note(name, undefined, "POST");
  }

  isAlive({ cloud, token }: KnownToken): boolean {
    return this.worlds[cloud].tokens.includes(token);
  }

  byText(text: string): KnownToken | undefined {
    return this.known.find(({ token }) => token.text === text);
  }

  byId(id: unknown): KnownToken | undefined {
    return this.known.find(({ token }) => token.id === id);
  }

  /** The owners whose tokens the one with that text may manage, as `cloud/type/id`. */
  reachOf(text: string): ReadonlySet<string> {
    const known = this.byText(text);
    if (!known || !this.isAlive(known)) return new Set();
    const { cloud, token } = known;
    const world = this.worlds[cloud];
    const names = [
      ...SEED.organizations.filter((name) => succeeds(() => world.ttlPolicyOf(token, name))),
      ...SEED.teams
        .filter(({ id }) => succeeds(() => world.directory.team(token.owner, id)))
        .map(({ id }) => id),
      ...(token.owner.type === "users" ? [token.owner.id] : []),
    ];
    return new Set(names.map((name) => `${cloud}/${name}`));
  }

  /** Notes which tokens have come and gone. Those that have expired have not been deleted. */
  #note(cloud: CloudName, by: Sender | undefined, method: string): void {
    const world = this.worlds[cloud];
    const alive = new Set(world.tokens);
    for (const known of this.known) {
      if (known.cloud !== cloud || alive.delete(known.token) || known.death) continue;
      const { expiredAt } = known.token;
      if (expiredAt === null || expiredAt.getTime() > world.now)
        known.death = { by, method, at: this.#now() };
    }
    for (const token of alive) {
      this.known.push({
        cloud,
        token,
        bornAt: this.#now(),
        madeBy: by,
        death: undefined,
        wasLostInCrash: false,
      });
    }
  }
}

/** The owner of a token, as `reachOf` names them. */
export function ownerKey({ cloud, token }: KnownToken): string {
  return `${cloud}/${token.owner.id}`;
}

function succeeds(work: () => void): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}
