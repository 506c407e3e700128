import { checkWaits } from "./check-waits.ts";
import type { KnownToken } from "./clouds.ts";
import { canReach, isExcused, isLost, isMistakable, isUnprovable } from "./excuses.ts";
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
async function checkConfig(
  { time, violations, network }: Story,
  mount: MountUnderTest,
): Promise<void> {
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
  if (!config.answer || !mount.hasConfig) mount.lastSent = undefined;
  if (!config.answer || mount.lastSent === before) return;
  const { token = "", origin = "" } = mount.lastSent ?? {};
  const known = network.clouds.byText(token);
  if (!known || network.clouds.isAlive(known) || known.cloud !== network.clouds.nameOf(origin))
    return;
  const usedFrom = mount.reach.findLast((used) => used.token === token)?.from ?? 0;
  // What replaced it was under way before anybody could ask whose token it is.
  const endsBy = mount.unverified.has(token) ? known.death?.by?.sentAt : known.death?.at;
  if (isExcused(known, mount) || isLost(known, mount) || (endsBy ?? 0) <= usedFrom) return;
  violations.push(
    `mount ${mount.index} has ended its own token, ${known.token.id}, and is locked out`,
  );
}

/** The stored tokens that the mount returns are alive. */
async function checkStoredCreds(
  story: Story,
  mount: MountUnderTest,
): Promise<readonly StoredCreds[]> {
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
        violations.push(
          `mount ${mount.index} has no creds for role ${role}: ${creds.error?.message}`,
        );
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
  for (const known of network.clouds.known) {
    const { token, madeBy, death } = known;
    if (
      death?.by?.mount !== mount.index ||
      death.method !== "DELETE" ||
      madeBy?.mount === mount.index
    )
      continue;
    // One that an operator has given it as its own it may have come to return for a role.
    if (mount.reach.some((used) => used.token === token.text) || isMistakable(known, mount))
      continue;
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
    if (!known?.death || isExcused(known, mount) || mount.revocations.has(id)) continue;
    violations.push(
      `mount ${mount.index} has the lease ${id}, and has deleted its token ${known.token.id}`,
    );
  }
}

/**
 * Each token that a mount had made and that lives is held: by a lease, a role, or as the token of a
 * mount.
 */
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
      leased.has(token.id) ||
      configured.has(token.text) ||
      stored.some((creds) => creds.known === known);
    if (isHeld || isUnprovable(story, mount, known)) continue;
    violations.push(
      `nothing holds ${token.id} of ${token.owner.id}, which mount ${mount.index} had made`,
    );
  }
}
