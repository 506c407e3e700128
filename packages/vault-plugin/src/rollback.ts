import type { Backend } from "./backend.ts";
import { PluginError } from "./errors.ts";
import type { Mount } from "./mount.ts";
import { isWriteSafe } from "./replication.ts";
import type { Tick } from "./tick.ts";
import { readWal, WAL_PREFIX } from "./wal.ts";

/**
 * Runs what a host asks for once a minute, for each mount: periodic work, and the rollback of WAL
 * entries that were not committed. On the active node only: standbys may not write. A performance
 * secondary leaves alone what only the primary may roll back.
 *
 * Failures are logged, and retried the next time. They aren't reported: a host wouldn't unmount a
 * mount whose rollback fails.
 *
 * @param immediate Whether entries are rolled back whatever their age.
 */
export async function handleRollback(
  backend: Backend,
  mount: Mount,
  immediate: boolean,
  signal: AbortSignal,
): Promise<void> {
  if (await mount.system.isStandby()) return;
  const tick: Tick = { signal, immediate: immediate || (await mount.system.isTainted()) };
  await Promise.all([
    attempt(mount, "periodic work failed", async () => await backend.periodic?.(tick)),
    rollBackAll(backend, mount, tick),
  ]);
}

/** Rolls entries back concurrently: one that hangs or fails delays no other. */
async function rollBackAll(backend: Backend, mount: Mount, tick: Tick): Promise<void> {
  if (!backend.wals?.length) return;
  const ids = await mount.storage.list(WAL_PREFIX);
  await Promise.all(
    ids.map((id) =>
      attempt(mount, "rolling back a WAL entry failed", () => rollBack(backend, mount, id, tick)),
    ),
  );
}

async function rollBack(
  { wals = [] }: Backend,
  mount: Mount,
  id: string,
  tick: Tick,
): Promise<void> {
  if (tick.signal.aborted) return;
  const found = await readWal(mount.storage, id);
  if (!found) return;
  const wal = wals.find(({ kind }) => kind === found.kind);
  if (!wal)
    throw new PluginError("corrupt_entry", `the plugin has no WAL entries of kind "${found.kind}"`);
  // An entry from the future, written before the clock was set back, doesn't count as young.
  const ageMs = Math.abs(mount.clock.now() - found.entry.createdAt.getTime());
  if (ageMs < wal.minAge * 1000 && !tick.immediate) return;
  if (!wal.localWrites && !(await isWriteSafe(mount))) return;
  const outcome = await wal.rollback(mount, found.entry, tick);
  if (outcome === "done") await mount.storage.delete(`${WAL_PREFIX}${id}`);
  if (outcome === "restart") await wal.restart(mount, id);
}

async function attempt(mount: Mount, failure: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const { code, message } = PluginError.from(error);
    mount.logger.error(failure, { code, error: message });
  }
}
