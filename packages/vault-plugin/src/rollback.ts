import type { Backend, Mount } from "./backend.ts";
import { PluginError } from "./errors.ts";
import { readWal, WAL_PREFIX } from "./wal.ts";

/**
 * What a host asks for once a minute, for each mount: periodic work, and the rollback of what the log says was begun and not ended. On the
 * active node only: others may not write.
 *
 * Failures are logged, and tried again the next time. They aren't reported: a host wouldn't unmount what it can't roll back.
 *
 * @param immediate Whether entries are rolled back however young they are.
 */
export async function handleRollback(
  backend: Backend,
  mount: Mount,
  immediate: boolean,
  signal: AbortSignal,
): Promise<void> {
  if (await mount.system.isStandby()) return;
  await attempt(mount, "the periodic work failed", async () => await backend.periodic?.({ signal }));
  if (!backend.wals?.length) return;
  const everything = immediate || (await mount.system.isTainted());
  for (const id of await mount.storage.list(WAL_PREFIX)) {
    if (signal.aborted) return;
    await attempt(mount, "an entry of the write-ahead log can't be rolled back", () =>
      rollBack(backend, mount, id, everything, signal),
    );
  }
}

async function rollBack(
  { wals = [] }: Backend,
  mount: Mount,
  id: string,
  immediate: boolean,
  signal: AbortSignal,
): Promise<void> {
  const entry = await readWal(mount.storage, id);
  if (!entry) return;
  const wal = wals.find(({ kind }) => kind === entry.kind);
  if (!wal) throw new PluginError("corrupt_entry", `the plugin knows no entries of kind "${entry.kind}"`);
  const ageMs = mount.clock.now() - entry.createdAt.getTime();
  if (ageMs < wal.minAge * 1000 && !immediate) return;
  await wal.rollback(entry.data, entry.createdAt, signal);
  await mount.storage.delete(`${WAL_PREFIX}${id}`);
}

async function attempt(mount: Mount, failure: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const { code, message } = PluginError.from(error);
    mount.logger.error(failure, { code, error: message });
  }
}
