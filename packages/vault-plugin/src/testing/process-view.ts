import { PluginError } from "../errors.ts";
import type { MountStorage, Storage } from "../storage.ts";

/** A process of the plugin. */
export interface Life {
  ended: boolean;
}

/**
 * Runs the operations of a process: once it is dead, none has an effect, and none that is in
 * progress ever settles.
 */
export async function whileAlive<R>(life: Life, work: () => Promise<R>): Promise<R> {
  const never = new Promise<never>(() => {});
  if (life.ended) return await never;
  try {
    const result = await work();
    return life.ended ? await never : result;
  } catch (error) {
    if (life.ended) return await never;
    throw error;
  }
}

/**
 * A storage as one process of the plugin sees it. Calls of a dead process never settle, and its
 * changes have no effect.
 *
 * @param mayChange Whether the node may change the entry of a key.
 */
export function processView(
  storage: MountStorage,
  life: Life,
  mayChange: (key: string) => boolean,
): MountStorage {
  const alive = <R>(call: () => Promise<R>): Promise<R> => whileAlive(life, call);
  const change = (key: string, call: () => Promise<void>): Promise<void> =>
    alive(async () => {
      if (!mayChange(key)) throw new PluginError("read_only", "cannot write to readonly storage");
      await call();
    });
  const view = (below: Storage): Storage => ({
    get: (key) => alive(() => below.get(key)),
    list: (prefix, page) => alive(() => below.list(prefix, page)),
    put: (key, value) => change(key, () => below.put(key, value)),
    delete: (key) => change(key, () => below.delete(key)),
  });
  return {
    ...view(storage),
    isTransactional: () => alive(() => storage.isTransactional()),
    transaction: (work) =>
      alive(() => storage.transaction((below) => alive(() => work(view(below))))),
  };
}
