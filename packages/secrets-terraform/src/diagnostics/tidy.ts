import { outcomeOf, type TerraformCloud, type Token } from "@vault-ts/terraform-cloud";
import { type Mount, PluginError } from "@vault-ts/vault-plugin";
import type { RequestCaller } from "../caller.ts";
import type { Engine } from "../engine.ts";
import type { Owner } from "../kinds/index.ts";
import { isExpired, isPastEnd, type TaggedLease } from "../leased/lease-entry.ts";
import { tagOf, tagPrefix } from "../leased/token-tag.ts";
import { isHere } from "../stored/stored-token.ts";
import { fromUpstream, isNotFound } from "../upstream-error.ts";
import { readHolders } from "./holders.ts";
import { type FoundList, findTokens, issuedKey, issuedOf, issuedOwners } from "./tagged-tokens.ts";

export interface TidyOptions {
  /** Whether tokens are found, and not deleted. */
  readonly dryRun: boolean;
  /** Seconds: younger tokens are left alone. */
  readonly minAge: number;
}

/** A token that carries the mount's tag, and that nothing of the mount holds. */
export interface OrphanedToken {
  readonly token: Token;
  readonly tag: string;
  readonly kind: string;
  readonly owner: Owner;
}

export interface Tidied {
  readonly orphans: readonly OrphanedToken[];
  readonly deleted: number;
  readonly failed: number;
  /** The owners among whose tokens it has looked. */
  readonly searched: readonly Owner[];
  readonly warnings: readonly string[];
}

/** As many ids as one call deletes. */
const MAX_BULK = 100;

/**
 * Finds the tokens that the mount has issued and that nothing of it holds, and deletes them.
 *
 * @throws PluginError `bad_request` if it would delete tokens that other clusters may have issued.
 */
export async function tidy(
  engine: Engine,
  options: TidyOptions,
  caller: RequestCaller,
): Promise<Tidied> {
  const { mount, terraform, leases } = engine;
  const isShared = await isTagShared(mount);
  if (isShared && !options.dryRun) {
    throw new PluginError("bad_request", `deleting orphaned tokens failed: ${LEASES_OF_OTHERS}`);
  }
  const open = await terraform.open({ ...caller, priority: "low" });
  const { client } = open;
  const identity = await terraform.identity(open);
  const entries = await leases.entries.all();
  const here = entries.filter((lease) => isHere(lease, open.config));
  const owners = await issuedOwners(mount, here);
  const { lists, searched, warnings } = await findTokens(client, identity, owners);
  // What holds a token that is in a list was stored before the token was created: so it is read
  // now, and not before.
  const tagged = await judge(engine, options, client, lists);
  const old = tagged.filter(({ verdict }) => verdict === "older").length;
  const orphans = tagged.filter(({ verdict }) => verdict === "orphaned");
  const errors: unknown[] = [];
  if (!options.dryRun) {
    const gone = new Set<string>();
    for (const found of lists) {
      const listed = orphans.filter(({ list }) => list === found);
      for (const [tag, error] of await deleteAll(client, found, listed)) {
        if (error === undefined) gone.add(tag);
        else errors.push(error);
      }
    }
    await removeEnded(engine, entries, (lease) => {
      if (gone.has(lease.tag) || isExpired(lease, mount.clock.now(), client.serverTime()))
        return true;
      return isHere(lease, open.config) && isMissing(lease, lists);
    });
  }
  const causes = new Set(errors.map((error) => PluginError.from(fromUpstream(error)).message));
  return {
    orphans,
    deleted: options.dryRun ? 0 : orphans.length - errors.length,
    failed: errors.length,
    searched,
    warnings: [
      ...warnings,
      ...(isShared && orphans.length > 0 ? [LEASES_OF_OTHERS] : []),
      ...[...causes].map((cause) => `deleting orphaned tokens failed: ${cause}; run tidy again`),
      ...(old > 0
        ? [
            `tokens not deleted: ${old}; leases that version 0.1.0 issued may use them, and they expire by themselves`,
          ]
        : []),
    ],
  };
}

const LEASES_OF_OTHERS =
  "this mount is replicated, and leases of other clusters may use these tokens; delete one at Terraform Cloud when no cluster has a lease of its role";

/**
 * Whether other clusters issue tokens with the mount's tag: they share its UUID, and each stores
 * the entries of its own leases. A secondary isn't asked: it forwards the request to the primary.
 */
async function isTagShared({ system }: Pick<Mount, "system">): Promise<boolean> {
  const { performance } = await system.replicationState();
  if (performance !== "primary" || (await system.isLocalMount())) return false;
  // The active node of an OpenBao cluster is a primary without secondaries.
  return (await system.pluginEnvironment()).metadata.startsWith("ent");
}

interface JudgedToken extends OrphanedToken {
  readonly list: FoundList;
  readonly verdict: "orphaned" | "held" | "older";
}

/** The tokens of the mount that are old enough, and whether something holds them. */
async function judge(
  engine: Engine,
  { minAge }: TidyOptions,
  client: TerraformCloud,
  lists: readonly FoundList[],
): Promise<readonly JudgedToken[]> {
  const { mount, leases } = engine;
  const [now, prefix] = [mount.clock.now(), tagPrefix(mount.uuid)];
  const serverTime = client.serverTime() ?? now;
  const holders = await readHolders(engine);
  const since = (await leases.entries.since()) ?? Number.POSITIVE_INFINITY;
  const tags = new Set(await leases.entries.tags());
  const present = new Map((await leases.entries.all()).map((lease) => [lease.tag, lease]));
  const verdictOf = ({ kind }: FoundList, { id }: Token, tag: string, ageMs: number) => {
    const lease = present.get(tag);
    // An entry that can't be read may be that of a lease.
    if (tags.has(tag) && !(lease && isPastEnd(lease, now))) return "held";
    if (holders.hold(id, tag)) return "held";
    // The kinds of version 0.1.0 all expire.
    return lease || !kind.expires || now - ageMs >= since ? "orphaned" : "older";
  };
  return lists.flatMap((list) =>
    list.tokens.flatMap((token) => {
      const tag = tagOf(token.description ?? "");
      const ageMs = serverTime - token.createdAt.getTime();
      if (!tag?.startsWith(prefix) || (minAge > 0 && ageMs < minAge * 1000)) return [];
      const owner = token.teamId === undefined ? list.owner : { type: "team", id: token.teamId };
      return [
        {
          token,
          tag,
          kind: list.kind.type,
          owner,
          list,
          verdict: verdictOf(list, token, tag, ageMs),
        },
      ];
    }),
  );
}

/**
 * Deletes tokens of a list, in one call where the API has one. @returns What each failed with, by
 * its tag; undefined for one that is gone.
 */
async function deleteAll(
  client: TerraformCloud,
  { list, kind, owner }: FoundList,
  orphans: readonly OrphanedToken[],
): Promise<ReadonlyMap<string, unknown>> {
  const errors = new Map<string, unknown>();
  for (let start = 0; start < orphans.length; start += MAX_BULK) {
    const batch = orphans.slice(start, start + MAX_BULK);
    const ids = batch.map(({ token }) => token.id);
    const isDone = batch.length > 1 && list.deleteAll && (await outcomeOf(list.deleteAll(ids)));
    for (const { token, tag } of batch) {
      // If deleting all at once failed, each is deleted alone, to know which are gone.
      const outcome =
        isDone && isDone.status === "applied"
          ? isDone
          : await outcomeOf(kind.delete(client, owner, token.id));
      // It was in the list, so that the mount's token sees it: it has gone since.
      const isGone = outcome.status === "applied" || isNotFound(outcome.error);
      errors.set(tag, isGone ? undefined : outcome.error);
    }
  }
  return errors;
}

/**
 * Removes the entries of leases that have ended without a revocation, where their tokens have
 * surely gone.
 */
async function removeEnded(
  { mount, leases }: Engine,
  entries: readonly TaggedLease[],
  isGone: (lease: TaggedLease) => boolean,
): Promise<void> {
  const ended = entries.filter((lease) => isPastEnd(lease, mount.clock.now()));
  for (const lease of ended.filter(isGone)) await leases.entries.remove(lease.tag);
}

/** Whether the list in which the lease's token would be was read, and doesn't have it. */
function isMissing(lease: TaggedLease, lists: readonly FoundList[]): boolean {
  const found = lists.find(({ covers }) => covers.has(issuedKey(issuedOf(lease))));
  return found?.tokens.every(({ description }) => tagOf(description ?? "") !== lease.tag) ?? false;
}
