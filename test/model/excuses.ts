import { type KnownToken, ownerKey, type Sender } from "./clouds.ts";
import type { MountUnderTest } from "./mount-under-test.ts";
import type { Story } from "./story.ts";

/** Sixteen minutes: how long the rollback attempts to reconcile an entry of unknown outcome. */
const RECONCILED_MS = 960_000;

/** What no mount can know, or could clean up. */
export function isUnprovable(story: Story, mount: MountUnderTest, known: KnownToken): boolean {
  const { token, madeBy, wasLostInCrash } = known;
  const sentAt = madeBy?.sentAt ?? 0;
  const isStoredKind = token.description === null;
  return (
    // A snapshot that was put back has undone the entry that told of it.
    mount.undone.some(({ from, to }) => from <= sentAt && sentAt <= to) ||
    // The mount's token has no rights to it.
    !canReach(story, mount, token.owner.id, known) ||
    // Or had none when its role went: the answer said that it remains valid.
    (isStoredKind && wasOutOfReach(mount, known, sentAt)) ||
    // It was the mount's own, and an operator was told that it remains valid.
    wasTold(mount, known) ||
    // The process died after the request's last write, before the host had the lease.
    (!isStoredKind && wasLostInCrash) ||
    (madeBy !== undefined && isTooLate(madeBy, mount))
  );
}

/**
 * Whether the mount has used the token itself, and said in an answer that it remains valid, or the
 * answer was lost.
 */
function wasTold({ asked, reach }: MountUnderTest, { token, bornAt }: KnownToken): boolean {
  if (!reach.some((used) => used.token === token.text)) return false;
  const names = [`"${token.id}"`, `"${token.owner.id}"`].map((name) => name.toLowerCase());
  const tells = (warning: string) =>
    warning.includes("remains valid") && names.some((name) => warning.toLowerCase().includes(name));
  return asked.some(
    ({ path, startedAt, endedAt = Number.POSITIVE_INFINITY, answer }) =>
      endedAt >= bornAt &&
      (answer?.warnings.some(tells) ||
        (endedAt === Number.POSITIVE_INFINITY && startedAt >= bornAt && path === "config")),
  );
}

/**
 * Whether a request was carried out late, and by a clock that was set its entry was too old by
 * then.
 */
function isTooLate({ isLate, sentAt }: Sender, { clockSetAt }: MountUnderTest): boolean {
  return isLate && clockSetAt.some((at) => sentAt <= at && at <= sentAt + RECONCILED_MS);
}

function wasOutOfReach(mount: MountUnderTest, known: KnownToken, since: number): boolean {
  return mount.reach.some(
    ({ owners }, index) =>
      (mount.reach[index + 1]?.from ?? Number.POSITIVE_INFINITY) >= since &&
      !owners.has(ownerKey(known)),
  );
}

/** Whether the mount's current token may manage the tokens of an owner, where it calls. */
export function canReach(
  { network }: Story,
  mount: MountUnderTest,
  owner: string,
  known?: KnownToken,
): boolean {
  const { token = "", origin = "" } = mount.lastSent ?? {};
  const cloud = network.clouds.nameOf(origin);
  if (known && known.cloud !== cloud) return false;
  return network.clouds.reachOf(token).has(`${cloud}/${owner}`);
}

/** How long it takes to store a token that has arrived. */
const STORING_MS = 100;

/**
 * Whether a token never arrived, or only just before the process died, or in a time that a snapshot
 * has undone.
 */
function isUnknown({ tokenArrivedAt: at }: Sender, { diedAt, undone }: MountUnderTest): boolean {
  return (
    at === undefined ||
    diedAt.some((died) => at <= died && died <= at + STORING_MS) ||
    undone.some(({ from, to }) => from <= at + STORING_MS && at <= to)
  );
}

/**
 * Whether a mount's own token was replaced, and the new one never arrived, or only just before the
 * process died: nobody can know it then.
 */
export function isLost({ death }: KnownToken, mount: MountUnderTest): boolean {
  if (death?.method !== "POST" || !death.by) return false;
  return isUnknown(death.by, mount);
}

/**
 * Whether a token that a mount holds is dead by the doing of somebody else, or of a time that a
 * snapshot has undone.
 */
export function isExcused({ death }: KnownToken, mount: MountUnderTest): boolean {
  if (!death) return true;
  if (death.by?.mount !== mount.index || isTooLate(death.by, mount)) return true;
  const { sentAt } = death.by;
  return mount.undone.some(({ from, to }) => from <= sentAt && sentAt <= to);
}

/** How long before a creation the mount has asked which token there is. */
const LOOK_MS = 1000;

/**
 * Whether a mount that deleted another's token could not know it for that: it was created while
 * what had become of a creation of the mount's own was not known.
 */
export function isMistakable({ token, bornAt, death }: KnownToken, mount: MountUnderTest): boolean {
  if (!death?.by) return false;
  const owner = `${token.owner.type}/${token.owner.id}`.toLowerCase();
  const isInDoubt = (sender: Sender) =>
    sender.about === owner &&
    isUnknown(sender, mount) &&
    sender.sentAt - LOOK_MS <= bornAt &&
    bornAt - sender.sentAt <= RECONCILED_MS;
  // What a process that died had begun to create isn't known, whether or not it was sent.
  const wasBegun = mount.diedAt.some(
    (died) => died - LOOK_MS <= bornAt && bornAt - died <= RECONCILED_MS,
  );
  return wasBegun || mount.creations.some(isInDoubt);
}
