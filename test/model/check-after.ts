import { checkWaits } from "./check-waits.ts";
import { type KnownToken, ownerKey } from "./clouds.ts";
import type { MountUnderTest } from "./mount-under-test.ts";
import type { Story } from "./story.ts";

/** What a creds read of a stored kind's role gave. */
interface StoredCreds {
  readonly mount: MountUnderTest;
  readonly role: string;
  readonly known: KnownToken;
}

/** Checks what must hold when all has settled. What is found is added to the story's violations. */
export async function checkAfter(story: Story): Promise<void> {
  for (const mount of story.mounts) checkWaits(story, mount);
  for (const mount of story.mounts) await checkConfig(story, mount);
  const stored: StoredCreds[] = [];
  for (const mount of story.mounts) stored.push(...(await checkStoredCreds(story, mount)));
  for (const mount of story.mounts) {
    checkDeletions(story, mount);
    checkLeases(story, mount);
  }
  checkOrphans(story, stored);
}

/** The mount's own token works, unless somebody else has ended it. */
async function checkConfig({ time, violations, network }: Story, mount: MountUnderTest): Promise<void> {
  const config = await mount.settle({ operation: "read", path: "config" });
  const before = mount.lastSent;
  await mount.settle({
    operation: "update",
    path: "role/probe",
    data: { user_id: "user-ann", ttl: 60, max_ttl: 60 },
  });
  await mount.settle({ operation: "read", path: "creds/probe" });
  await mount.settle({ operation: "delete", path: "role/probe" });
  for (const lease of mount.host.leases) {
    if (lease.internal["role"] === "probe") void mount.revoke(lease);
  }
  await time.pass(1000);
  if (!config.answer) mount.lastSent = undefined;
  if (!config.answer || mount.lastSent === before) return;
  const { token = "", origin = "" } = mount.lastSent ?? {};
  const known = network.clouds.byText(token);
  if (!known || network.clouds.isAlive(known) || known.cloud !== network.clouds.nameOf(origin)) return;
  const usedFrom = mount.reach.findLast((used) => used.token === token)?.from ?? 0;
  if (isExcused(known, mount) || isLost(known, mount) || (known.death?.at ?? 0) <= usedFrom) return;
  violations.push(`mount ${mount.index} has ended its own token, ${known.token.id}, and is locked out`);
}

/** How long it takes to store a token that has arrived. */
const STORING_MS = 100;

/** Whether a mount's own token was replaced, and the new one never arrived, or only just before the process died: nobody can know it then. */
function isLost({ death }: KnownToken, mount: MountUnderTest): boolean {
  if (death?.method !== "POST" || !death.by) return false;
  const { tokenArrivedAt: at } = death.by;
  return at === undefined || mount.diedAt.some((died) => at <= died && died <= at + STORING_MS);
}

/** Whether a token that a mount holds is dead by the doing of somebody else, or of a time that a snapshot has undone. */
function isExcused({ death }: KnownToken, mount: MountUnderTest): boolean {
  if (!death) return true;
  if (death.by?.mount !== mount.index) return true;
  const { sentAt } = death.by;
  return mount.undone.some(({ from, to }) => from <= sentAt && sentAt <= to);
}

/** The stored tokens that the mount returns are alive. */
async function checkStoredCreds(story: Story, mount: MountUnderTest): Promise<readonly StoredCreds[]> {
  const { violations } = story;
  const { clouds } = story.network;
  const list = await mount.settle({ operation: "list", path: "role/" });
  const names = (list.answer?.data?.["keys"] ?? []) as readonly string[];
  const stored: StoredCreds[] = [];
  for (const role of names) {
    const { answer } = await mount.settle({ operation: "read", path: `role/${role}` });
    const { effective_credential_type: kind, organization, team_id } = answer?.data ?? {};
    if (kind !== "organization" && kind !== "team_legacy") continue;
    const owner = kind === "organization" ? String(organization).toLowerCase() : String(team_id);
    const isServable = canReach(story, mount, owner);
    const creds = await mount.settle({ operation: "read", path: `creds/${role}` });
    const known = clouds.byId(creds.answer?.data?.["token_id"]);
    if (!known) {
      if (isServable) {
        violations.push(`mount ${mount.index} has no creds for role ${role}: ${creds.error?.message}`);
      }
      continue;
    }
    stored.push({ mount, role, known });
    if (clouds.isAlive(known) || isExcused(known, mount) || !isServable) continue;
    violations.push(
      `mount ${mount.index} returns ${known.token.id} for role ${role}, which is dead by its own doing`,
    );
  }
  return stored;
}

/** A mount deletes no token that it hasn't made. What it replaces it has to: an owner has one. */
function checkDeletions({ violations, network }: Story, mount: MountUnderTest): void {
  for (const { token, madeBy, death } of network.clouds.known) {
    if (death?.by?.mount !== mount.index || death.method !== "DELETE" || madeBy?.mount === mount.index)
      continue;
    // One that an operator has given it as its own it may have come to return for a role.
    if (mount.reach.some((used) => used.token === token.text)) continue;
    const whose = madeBy ? `mount ${madeBy.mount}` : "an operator";
    violations.push(
      `mount ${mount.index} deleted ${token.id} of ${token.owner.id}, which is that of ${whose}`,
    );
  }
}

/** The tokens of leases live as long as these, unless their revocation is under way. */
function checkLeases({ violations, network }: Story, mount: MountUnderTest): void {
  for (const { id, internal } of mount.host.leases) {
    const known = network.clouds.byId(internal["token_id"]);
    if (!known || !known.death || isExcused(known, mount) || mount.revocations.has(id)) continue;
    violations.push(`mount ${mount.index} has the lease ${id}, and has deleted its token ${known.token.id}`);
  }
}

/** Each token that a mount had made and that lives is held: by a lease, a role, or as the token of a mount. */
function checkOrphans(story: Story, stored: readonly StoredCreds[]): void {
  const { violations, network, mounts } = story;
  const leased = new Set(
    mounts.flatMap(({ host }) => host.leases.map(({ internal }) => internal["token_id"])),
  );
  const configured = new Set(mounts.map(({ lastSent }) => lastSent?.token));
  for (const known of network.clouds.known) {
    const { token, madeBy } = known;
    const mount = madeBy && mounts[madeBy.mount];
    if (!mount || !network.clouds.isAlive(known)) continue;
    const isHeld =
      leased.has(token.id) || configured.has(token.text) || stored.some((creds) => creds.known === known);
    if (isHeld || isUnprovable(story, mount, known)) continue;
    violations.push(`nothing holds ${token.id} of ${token.owner.id}, which mount ${mount.index} had made`);
  }
}

/** Sixteen minutes: how long an entry whose outcome isn't known is looked at again. */
const LAST_LOOK_MS = 960_000;

/** What no mount can know, or could clean up. */
function isUnprovable(story: Story, mount: MountUnderTest, known: KnownToken): boolean {
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
    // The process died after the request's last write, before the host had the lease.
    (!isStoredKind && wasLostInCrash) ||
    // It was made late, and by a clock that was set the entry was too old by then.
    (madeBy?.isLate === true && mount.clockSetAt.some((at) => sentAt <= at && at <= sentAt + LAST_LOOK_MS))
  );
}

function wasOutOfReach(mount: MountUnderTest, known: KnownToken, since: number): boolean {
  return mount.reach.some(
    ({ owners }, index) =>
      (mount.reach[index + 1]?.from ?? Number.POSITIVE_INFINITY) >= since && !owners.has(ownerKey(known)),
  );
}

/** Whether the mount's present token may manage the tokens of an owner, where it calls. */
function canReach({ network }: Story, mount: MountUnderTest, owner: string, known?: KnownToken): boolean {
  const { token = "", origin = "" } = mount.lastSent ?? {};
  const cloud = network.clouds.nameOf(origin);
  if (known && known.cloud !== cloud) return false;
  return network.clouds.reachOf(token).has(`${cloud}/${owner}`);
}
