import { PluginError } from "@vault-ts/vault-plugin";
import { type RequestCaller, withDeadline } from "../caller.ts";
import { identityOf, type TokenDetails, type UsableConfig } from "../config/config.ts";
import type { Engine } from "../engine.ts";
import { type Identity, type Kind, targetOf } from "../kinds/index.ts";
import { boundsOf, mountTtls } from "../leased/bounds.ts";
import { leaseTerms } from "../leased/lease-terms.ts";
import { named, ownerKey } from "../owner.ts";
import { whyOtherUser } from "../role/check-role.ts";
import { kindOf, type Role } from "../role/role.ts";
import { requireRole } from "../role/role-entry.ts";
import { nextOfRoot } from "../rotation/root-rotation.ts";
import { NO_TOKEN, type OpenTerraform, readDetails } from "../terraform.ts";
import { fromUpstream, isNotFound } from "../upstream-error.ts";

/** Whether creds of a role can be had, and if not, why. */
export interface RoleCheck {
  readonly ok: boolean;
  readonly reason?: string;
}

/** What the configured token may do. */
export interface Check {
  /** Whether the token works, and all roles are. */
  readonly ok: boolean;
  /** Why the token can't be used. */
  readonly error?: string;
  readonly details?: TokenDetails;
  readonly roles: Readonly<Record<string, RoleCheck>>;
}

/** Roles that are checked at the same time. */
const LANES = 8;

const OK: RoleCheck = { ok: true };

/**
 * Asks Terraform Cloud what the mount's token may do for some roles. Nothing is changed, and what
 * goes wrong is part of the answer.
 */
export async function check(
  engine: Engine,
  names: readonly string[],
  signal: AbortSignal,
): Promise<Check> {
  const config = await engine.terraform.config();
  if (!config) return unusable(names, NO_TOKEN);
  try {
    return await withDeadline({ signal }, async (caller) => {
      const open = await engine.terraform.open({ ...caller, priority: "low" });
      const details = await readDetails(open.client);
      const roles = await new RoleChecks(engine, open, details).all(names, caller);
      const ok = Object.values(roles).every((role) => role.ok);
      return { ok, details, roles };
    });
  } catch (error) {
    return unusable(names, messageOf(error));
  }
}

function unusable(names: readonly string[], error: string): Check {
  const roles = names.map(
    (name) => [name, { ok: false, reason: "the mount's token can't be used: see error" }] as const,
  );
  return { ok: false, error, roles: Object.fromEntries(roles) };
}

function messageOf(error: unknown): string {
  return PluginError.from(fromUpstream(error)).message;
}

/** The checks of one request: what roles have in common is asked once. */
class RoleChecks {
  readonly #engine: Engine;
  readonly #open: OpenTerraform;
  readonly #details: TokenDetails;
  readonly #identity: Identity;
  readonly #reasons = new Map<string, Promise<string | undefined>>();

  constructor(engine: Engine, open: OpenTerraform, details: TokenDetails) {
    this.#engine = engine;
    this.#open = open;
    this.#details = details;
    this.#identity = identityOf(details);
  }

  async all(
    names: readonly string[],
    { signal }: RequestCaller,
  ): Promise<Record<string, RoleCheck>> {
    const checks = new Map<string, RoleCheck>();
    const left = [...names];
    const lane = async () => {
      for (let name = left.shift(); name !== undefined; name = left.shift()) {
        const reason = await this.#whyNot(name).catch((error: unknown) =>
          messageOf(signal.aborted ? signal.reason : error),
        );
        checks.set(name, reason === undefined ? OK : { ok: false, reason });
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    return Object.fromEntries(names.map((name) => [name, checks.get(name) ?? OK]));
  }

  /** Why creds of the role can't be had; undefined if they can. */
  async #whyNot(name: string): Promise<string | undefined> {
    const { mount } = this.#engine;
    const role = await requireRole(mount.storage, name);
    const kind = kindOf(role);
    const key = `${kind.type} ${ownerKey(kind.ownerOf(role))} ${role.organization.toLowerCase()}`;
    const asked = this.#reasons.get(key) ?? this.#askAbout(role, kind);
    this.#reasons.set(key, asked);
    return (await asked) ?? (await this.#whyTooShort(role, kind, this.#open.config));
  }

  async #askAbout(role: Role, kind: Kind): Promise<string | undefined> {
    const { client } = this.#open;
    const owner = kind.ownerOf(role);
    const otherUser = whyOtherUser(this.#identity, role);
    if (otherUser !== undefined) return otherUser;
    if (!(await kind.sees(client, this.#identity, targetOf(role)))) {
      return `${named(owner)} doesn't exist, or the mount's token lacks permission to manage its tokens`;
    }
    return (await this.#whyNotHere(role, kind)) ?? (await this.#whyNotEntitled(role, kind));
  }

  /** Why this edition of Terraform Cloud hasn't such tokens; undefined if it has. */
  async #whyNotHere(role: Role, kind: Kind): Promise<string | undefined> {
    const { client } = this.#open;
    try {
      if (!kind.isLeased) await kind.tokensOf(client).read(kind.ownerOf(role).id);
      else {
        const list = await kind.listOf(client, this.#identity, targetOf(role));
        for await (const _first of list.read()) break;
      }
    } catch (error) {
      if (!isNotFound(error)) throw error;
      // An owner that has no token yet is shown none.
      if (kind.isLeased) return `this Terraform Cloud doesn't support tokens of type ${kind.type}`;
    }
    return undefined;
  }

  async #whyNotEntitled(role: Role, { entitlement, ownerOf }: Kind): Promise<string | undefined> {
    const { client } = this.#open;
    if (!entitlement) return undefined;
    try {
      const organization = await entitlement.organizationOf(client, ownerOf(role));
      if (organization === undefined) return undefined;
      const entitled = (await client.organizations.entitlements(organization))[entitlement.name];
      return entitled === false
        ? `organization "${organization}" lacks the ${entitlement.name} entitlement`
        : undefined;
    } catch (error) {
      // Who isn't shown the entitlements may have them all the same.
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /**
   * A lease can't be revoked with a token that has expired; one that is rotated in time never does.
   */
  async #whyTooShort(
    role: Role,
    { isLeased }: Kind,
    config: UsableConfig,
  ): Promise<string | undefined> {
    const { mount } = this.#engine;
    const { token_expired_at } = this.#details;
    if (!isLeased || role.max_ttl === 0 || token_expired_at === "") return undefined;
    const [now, expiry] = [mount.clock.now(), Date.parse(token_expired_at)];
    const next = nextOfRoot(config, now);
    if (next !== undefined && next < expiry) return undefined;
    const { maxTtl } = leaseTerms(boundsOf(await mountTtls(mount), role, config));
    if (expiry >= now + maxTtl * 1000) return undefined;
    return `the mount's token expires at ${token_expired_at}, before a lease of ${maxTtl} seconds can end: write another token to config, or lower max_ttl`;
  }
}
