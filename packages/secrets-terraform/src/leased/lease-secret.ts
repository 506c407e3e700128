import {
  defineSecret,
  type LeaseTerms,
  type Mount,
  PluginError,
  type TypedSecret,
} from "@vault-ts/vault-plugin";
import { withDeadline } from "../caller.ts";
import { isSameAddress } from "../config/connection.ts";
import {
  type AnyLeasedKind,
  type Identity,
  KINDS,
  NOBODY,
  type Target,
  targetOf,
} from "../kinds/index.ts";
import { named } from "../owner.ts";
import { kindOf } from "../role/role.ts";
import { readRole, requireRole } from "../role/role-entry.ts";
import { lostToken, NO_TOKEN, type OpenTerraform, type Terraform } from "../terraform.ts";
import { deleteIfFound } from "../upstream-error.ts";
import { boundsOf, mountTtls } from "./bounds.ts";
import { type LeaseData, leaseData } from "./lease.ts";
import type { LeaseEntries } from "./lease-entry.ts";
import { leaseTerms } from "./lease-terms.ts";
import { withRoleOrganization } from "./role-organization.ts";

/** The leases of tokens. Renewals follow the role; a revocation deletes the token. */
export function leaseSecret(
  mount: Mount,
  terraform: Terraform,
  entries: LeaseEntries,
): TypedSecret<LeaseData> {
  return defineSecret({
    type: "terraform_token",
    internal: leaseData,

    async renew({ internal, lease }): Promise<LeaseTerms> {
      const role = await requireRole(mount.storage, internal.role);
      const config = await terraform.config();
      if (!config) throw new PluginError("bad_request", NO_TOKEN);
      const bounds = boundsOf(await mountTtls(mount), role, config);
      const tokenLifetime = lifetimeOf(internal, lease.issueTime);
      const terms = leaseTerms({
        ...bounds,
        requestedTtl: internal.ttl,
        ...(tokenLifetime !== undefined && { tokenLifetime }),
      });
      // Only where its token has no expiry can a lease last longer than was known when it was
      // issued.
      if (tokenLifetime === undefined && internal.tag !== "") {
        await entries.renewed(
          internal.tag,
          new Date(lease.issueTime.getTime() + terms.maxTtl * 1000),
        );
      }
      return terms;
    },

    revoke: ({ internal, signal }) =>
      withDeadline(
        { signal },
        async (caller) => {
          const open = await terraform.open(caller, { evenIfLost: true });
          await deleteToken(open, internal);
          if (internal.tag !== "") await entries.remove(internal.tag);
        },
        terraform,
      ),
  });

  /** Deletes a lease's token. One that is gone is deleted already: where that is proven. */
  async function deleteToken(open: OpenTerraform, lease: LeaseData): Promise<void> {
    if (isPast(lease.expired_at, open.client.serverTime())) return;
    if (open.config.is_lost) throw new PluginError("bad_request", lostToken(open.config));
    const owned = await ownerOf(lease);
    const isFound = await deleteIfFound(
      owned
        ? owned.kind.delete(open.client, owned.kind.ownerOf(owned.target), lease.token_id)
        : open.client.tokens.delete(lease.token_id),
    );
    if (isFound || isPast(lease.expired_at, open.client.serverTime())) return;
    await requireProof(open, lease, owned);
  }

  /** "Not found" is also what a token is told that may not see the other one. */
  async function requireProof(
    open: OpenTerraform,
    lease: LeaseData,
    owned: OwnedToken | undefined,
  ): Promise<void> {
    const { client, config } = open;
    const identity = await terraform.identity(open);
    if (lease.address !== "" && !isSameAddress(lease.address, config.address)) {
      throw unproven(`it was created at ${lease.address}, and this mount uses ${config.address}`);
    }
    if (!owned) {
      // A lease of HashiCorp's engine says no more: that the configured token works has to do.
      await client.account.details();
      return;
    }
    const { kind } = owned;
    const target = await withRoleOrganization(mount, kind, owned.target, lease.role);
    if (!(await kind.sees(client, identity, target))) {
      throw unproven(
        `it belongs to ${named(kind.ownerOf(target))}, which the mount's token${ofWhom(identity)} lacks permission to see`,
      );
    }
    if ((await kind.isSupported?.(client, target)) === false)
      throw unproven(`this server has no tokens of type ${kind.type}`);
  }

  /** Whose token it is: the lease says so, or else its role. */
  async function ownerOf(lease: LeaseData): Promise<OwnedToken | undefined> {
    if (lease.owner) return { kind: KINDS[lease.owner.kind], target: targetOf(lease.owner) };
    if (lease.user_id !== undefined) {
      return { kind: KINDS.user, target: { ...NOBODY, user_id: lease.user_id } };
    }
    const role = await readRole(mount.storage, lease.role);
    if (!role) return undefined;
    const kind = kindOf(role);
    return kind.isLeased ? { kind, target: role } : undefined;
  }
}

/** Whose the token of a lease is. */
interface OwnedToken {
  readonly kind: AnyLeasedKind;
  readonly target: Target;
}

function unproven(why: string): PluginError {
  return new PluginError(
    "bad_request",
    `deleting the token of a lease failed: 404 not found, and the token may still be valid, since ${why}; delete it with a token of its owner, then revoke the lease with -force`,
  );
}

function ofWhom({ owner }: Identity): string {
  return owner ? ` (of ${named(owner)})` : "";
}

/**
 * @param now Milliseconds since 1970, by Terraform Cloud's clock; undefined if that isn't known:
 * then nothing is past.
 */
function isPast(moment: string | undefined, now: number | undefined): boolean {
  return moment !== undefined && now !== undefined && Date.parse(moment) <= now;
}

/**
 * Seconds from the lease's start to the token's expiry; undefined for a token that never expires.
 */
function lifetimeOf({ expired_at, lifetime }: LeaseData, issueTime: Date): number | undefined {
  if (lifetime !== undefined || expired_at === undefined) return lifetime;
  return (Date.parse(expired_at) - issueTime.getTime()) / 1000;
}
