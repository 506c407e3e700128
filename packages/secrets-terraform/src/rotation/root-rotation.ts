import { type IssuedToken, outcomeOf, type TerraformCloud } from "@vault-ts/terraform-cloud";
import {
  type KeyedLock,
  type Mount,
  PluginError,
  type PluginErrorCode,
  Redacted,
  type Wal,
} from "@vault-ts/vault-plugin";
import { type RequestCaller, requireCaller, withDeadline } from "../caller.ts";
import { isSameToken, type UsableConfig } from "../config/config.ts";
import type { Identity } from "../kinds/index.ts";
import { ownerLock } from "../locks.ts";
import { isSameOwner, named, type Owner, type StoredOwner } from "../owner.ts";
import { SharedWork } from "../stored/shared-work.ts";
import { UNKNOWN_ROTATION } from "../stored/stored-token.ts";
import { configChanged, type StoredTokens } from "../stored/stored-tokens.ts";
import type { OpenTerraform, Terraform } from "../terraform.ts";
import { fromUpstream, isNotFound } from "../upstream-error.ts";
import { type NamedTokenOwner, RootTokenIssuer } from "./root-token-issuer.ts";
import { RootTokenReconciler, type RootTokenWals, rootTokenWals } from "./root-token-wal.ts";
import type { Rotatable } from "./rotation-scheduler.ts";
import { nextRotation, rotationTime } from "./schedule.ts";

interface Parts {
  readonly mount: Mount;
  readonly terraform: Terraform;
  readonly locks: KeyedLock;
  readonly storedTokens: StoredTokens;
}

/** What a rotation has made. */
export interface RotatedRoot {
  readonly config: UsableConfig;
  readonly warnings: readonly string[];
}

/**
 * Replaces the token that the mount itself is configured with by another one of the same owner and
 * kind.
 */
export class RootRotation {
  readonly #parts: Parts;
  readonly #issuer: RootTokenIssuer;
  readonly #wals: RootTokenWals;
  readonly #shared = new SharedWork();

  constructor(parts: Parts) {
    this.#parts = parts;
    const reconciler = new RootTokenReconciler(parts);
    this.#wals = rootTokenWals(reconciler);
    this.#issuer = new RootTokenIssuer(parts.mount, this.#wals.created, reconciler);
  }

  get wals(): readonly Wal[] {
    return [this.#wals.created, this.#wals.replaced, this.#wals.imported];
  }

  /** What config's schedule rotates. */
  get rotatable(): Rotatable {
    const { terraform } = this.#parts;
    return {
      key: "config",
      async due(now) {
        const config = await terraform.config();
        return config && nextOfRoot(config, now);
      },
      rotate: async (signal) => {
        const { warnings } = await withDeadline({ signal }, (caller) => this.rotate(caller));
        for (const warning of warnings) this.#parts.mount.logger.warn(warning);
      },
      async noteFailure(message) {
        const config = await terraform.config();
        if (config) await terraform.noteRotationError(config, message);
      },
    };
  }

  /** Requests that come while a rotation is under way share its outcome. */
  async rotate(caller: RequestCaller): Promise<RotatedRoot> {
    return await this.#shared.run("config", caller.signal, (signal) =>
      withDeadline({ signal }, (shared) => this.#rotate(shared)),
    );
  }

  async #rotate(caller: RequestCaller): Promise<RotatedRoot> {
    const { terraform } = this.#parts;
    const open = await terraform.open(caller);
    const identity = await terraform.identity(open);
    const owner = await rootOwnerOf(open, identity);
    const warnings = owner.isSingle
      ? await this.#replaceOnly(owner, caller)
      : await this.#replaceNamed(open, owner, identity.tokenId, caller);
    return { config: (await terraform.open(caller)).config, warnings };
  }

  /**
   * Of an owner with one token: creating it deletes the old one, so that the new one is used
   * whatever comes.
   */
  async #replaceOnly(owner: StoredOwner, caller: RequestCaller): Promise<readonly string[]> {
    const { terraform, storedTokens } = this.#parts;
    await storedTokens.rotateOwn(owner, caller);
    const { client } = await terraform.open(caller);
    const flaw = await flawOf(client, owner);
    return flaw === undefined
      ? []
      : [
          `verifying the new token of ${named(owner)} failed: ${flaw.message}; it is in use, since creating it deleted the previous one`,
        ];
  }

  /**
   * Of an owner with several: WAL entry → create → verify → WAL entry of the old one → store and
   * use → delete the old one. What is in between when it ends is reconciled by which of the two the
   * mount uses then.
   */
  async #replaceNamed(
    open: OpenTerraform,
    owner: NamedTokenOwner,
    tokenId: string,
    caller: RequestCaller,
  ): Promise<readonly string[]> {
    const { mount, terraform, locks } = this.#parts;
    const { client, config } = open;
    const { type, id } = owner;
    const { address } = config;
    using _owner = await locks.acquire([ownerLock(owner)], caller.signal);
    requireCaller(caller);
    if (!isSameToken(await terraform.config(), config)) throw configChanged();
    const now = mount.clock.now();
    const { issued, entry } = await this.#issuer.create(open, owner, caller);
    using created = entry;

    // From now on it is done for the mount, even if the caller leaves.
    const own = client.for({ deadline: caller.deadline });
    const discard = async (): Promise<string> => {
      const deleted = await outcomeOf(own.tokens.delete(issued.id));
      if (deleted.status !== "applied") return "it will be deleted";
      await created.commit();
      return "it was deleted";
    };
    const next = { ...config, token: new Redacted(issued.token) };
    const flaw = await flawOf(
      terraform.clientOf(next).for({ deadline: caller.deadline }),
      owner,
      issued,
    );
    if (flaw !== undefined) {
      throw new PluginError(
        flaw.code,
        `verifying the new token of ${named(owner)} failed: ${flaw.message}; ${await discard()}, and the previous one stays in use`,
      );
    }

    using replaced =
      tokenId === ""
        ? undefined
        : await this.#wals.replaced.begin(mount, { type, id, address, token_id: tokenId });
    const isUsed = await terraform.follow(config, {
      token: next.token,
      token_id: issued.id,
      expired_at: issued.expiredAt?.toISOString() ?? "",
      created_at: issued.createdAt.toISOString(),
      address,
      ...UNKNOWN_ROTATION,
      last_vault_rotation: rotationTime(now),
    });
    if (!isUsed) {
      const discarded = await discard();
      await replaced?.commit();
      throw new PluginError(
        "conflict",
        `rotating the token of this mount failed: config was changed meanwhile, so the new token isn't used; ${discarded}`,
      );
    }
    await created.commit();
    if (!replaced)
      return [
        `deleting the previous token failed: this Terraform Cloud release doesn't return its ID; delete it there`,
      ];

    // An operator may have written it back, without verification: then it is the mount's.
    if (isSameToken(await terraform.config(), config)) {
      await replaced.commit();
      return [];
    }
    // With the new one, whatever config has by now: another can't see it, and couldn't tell.
    const successor = terraform.clientOf(next).for({ deadline: caller.deadline });
    const deleted = await outcomeOf(successor.tokens.delete(tokenId));
    if (deleted.status !== "applied" && !isNotFound(deleted.error)) {
      return [
        `${deleted.error.message}; it is the previous token, and its deletion is retried automatically`,
      ];
    }
    await replaced.commit();
    return [];
  }
}

type RootOwner =
  | (StoredOwner & { readonly isSingle: true })
  | (NamedTokenOwner & { readonly isSingle: false });

/**
 * Whose the mount's token is, and whether that has but one: a team's token without a description
 * stays one.
 */
async function rootOwnerOf(
  { client }: OpenTerraform,
  { owner, tokenId }: Identity,
): Promise<RootOwner> {
  if (owner?.type === "user") return { type: "user", id: owner.id, isSingle: false };
  if (owner?.type === "organization") return { type: "organization", id: owner.id, isSingle: true };
  if (owner && tokenId !== "") {
    const isLegacy = (await client.tokens.read(tokenId)).description === null;
    return { type: "team", id: owner.id, isSingle: isLegacy };
  }
  throw new PluginError(
    "bad_request",
    "rotating the token of this mount failed: this Terraform Cloud release doesn't return its owner; create another token there and write it to config",
  );
}

interface Flaw {
  readonly code: PluginErrorCode;
  readonly message: string;
}

/** What is wrong with a new token; undefined if it works, and is the owner's. */
async function flawOf(
  client: TerraformCloud,
  owner: Owner,
  issued?: IssuedToken,
): Promise<Flaw | undefined> {
  if (issued?.isTtlRejected) {
    return {
      code: "bad_request",
      message: "the organization's token TTL policy rejects its lifetime: lower explicit_max_ttl",
    };
  }
  try {
    const account = await client.account.details();
    return isSameOwner(account.owner ?? undefined, owner)
      ? undefined
      : { code: "upstream", message: "it belongs to another owner" };
  } catch (error) {
    const { code, message } = PluginError.from(fromUpstream(error));
    // That Terraform Cloud rejects its own new token isn't the caller's matter.
    return { code: code === "upstream_timeout" ? code : "upstream", message };
  }
}

/**
 * When the mount's token is rotated by itself next, in milliseconds since 1970; undefined if it
 * isn't.
 */
export function nextOfRoot(config: UsableConfig, now: number): number | undefined {
  // HashiCorp's engine keeps the last rotation alone.
  const since = config.token_since || config.last_vault_rotation;
  if (config.disable_automated_rotation || config.is_lost || since === "") return undefined;
  return nextRotation(config, Date.parse(since), now);
}
