import type { Asked, MountUnderTest } from "./mount-under-test.ts";
import type { Story } from "./story.ts";

/** A server gives a request up after ninety seconds. */
const LONGEST_MS = 90_000;

/**
 * With nothing wrong, a request takes some calls of less than half a second each, and may wait five
 * seconds for a rotation.
 */
const UNHINDERED_MS = 15_000;

/** How long what went wrong can hold up what comes after it. */
const AFTERMATH_MS = 120_000;

/**
 * Each request of a client that stays has its answer in time, whatever hangs: and soon, if what
 * hangs is another's.
 */
export function checkWaits(story: Story, mount: MountUnderTest): void {
  for (const asked of mount.asked) {
    if (asked.life.ended || asked.leavesAt !== undefined) continue;
    const { path, startedAt, endedAt = Number.POSITIVE_INFINITY, error } = asked;
    const lasted = endedAt - startedAt;
    const what = `mount ${mount.index}: a request for ${path} took ${lasted / 1000} seconds`;
    if (lasted >= LONGEST_MS) story.violations.push(what);
    else if (lasted > UNHINDERED_MS && waitedForAnother(story, mount, asked, endedAt)) {
      story.violations.push(`${what} while another owner's hung`);
    }
    if (error?.code === "internal")
      story.violations.push(`a request for ${path} failed: ${error.message}`);
  }
}

/** Whether nothing was wrong but with owners that the request has nothing to do with. */
function waitedForAnother(
  { network }: Story,
  mount: MountUnderTest,
  asked: Asked,
  endedAt: number,
): boolean {
  const { startedAt } = asked;
  const owners = ownersInTheWay(mount, asked, endedAt);
  const isNear = (at: number) => startedAt - AFTERMATH_MS <= at && at <= endedAt;
  const hangs = network.hanging.filter(
    ({ from, until }) => from <= endedAt && until >= startedAt - AFTERMATH_MS,
  );
  return (
    owners !== undefined &&
    hangs.length > 0 &&
    hangs.every(({ owner }) => !owners.has(owner) && !isOwnOf(network, mount, owner)) &&
    ![...network.faultedAt, ...mount.diedAt].some(isNear)
  );
}

/**
 * The request's owners, and those that roles moved to or from while it waited: a role that moves
 * holds both of its owners.
 */
function ownersInTheWay(
  mount: MountUnderTest,
  { owners, startedAt }: Asked,
  endedAt: number,
): ReadonlySet<string> | undefined {
  if (!owners) return undefined;
  const found = new Set(owners);
  const changes = mount.asked.filter(
    (other) =>
      other.path.startsWith("role/") &&
      other.startedAt <= endedAt &&
      (other.endedAt ?? Number.POSITIVE_INFINITY) >= startedAt,
  );
  // Once for each: a role that moves may wait for another one that does.
  for (const _ of changes) {
    for (const { owners: held = new Set<string>() } of changes)
      if ([...held].some((owner) => found.has(owner))) for (const owner of held) found.add(owner);
  }
  return found;
}

/** Whether the mount has used a token of the owner itself: it asks for that one by its ID. */
function isOwnOf({ clouds }: Story["network"], { reach }: MountUnderTest, owner: string): boolean {
  return reach.some(({ token: text }) => {
    const { type, id } = clouds.byText(text)?.token.owner ?? {};
    return `${type}/${id}`.toLowerCase() === owner;
  });
}
