import { PluginError } from "../errors.ts";
import type { MountStorage, Storage } from "../storage.ts";
import type { TestSystem } from "./test-system.ts";

/** A process of the plugin. */
export interface Life {
  ended: boolean;
}

/** What a process does: once it is dead, it does nothing, and nothing that it has begun ever ends. */
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
 * A storage as one process of the plugin sees it. On a standby it can't be changed; and a dead process gets no answer, its changes don't happen.
 */
export function processView(
  storage: MountStorage,
  life: Life,
  system: Pick<TestSystem, "standby">,
): MountStorage {
  const alive = <R>(call: () => Promise<R>): Promise<R> => whileAlive(life, call);
  const change = (call: () => Promise<void>): Promise<void> =>
    alive(async () => {
      if (system.standby) throw new PluginError("read_only", "cannot write to readonly storage");
      await call();
    });
  const view = (below: Storage): Storage => ({
    get: (key) => alive(() => below.get(key)),
    list: (prefix, page) => alive(() => below.list(prefix, page)),
    put: (key, value) => change(() => below.put(key, value)),
    delete: (key) => change(() => below.delete(key)),
  });
  return {
    ...view(storage),
    isTransactional: () => alive(() => storage.isTransactional()),
    transaction: (work) => alive(() => storage.transaction((below) => alive(() => work(view(below))))),
  };
}
