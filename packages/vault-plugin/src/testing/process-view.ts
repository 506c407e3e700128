import { PluginError } from "../errors.ts";
import type { MountStorage, Storage } from "../storage.ts";
import type { TestSystem } from "./test-system.ts";

/**
 * A storage as one process of the plugin sees it. On a standby it can't be changed; and a dead process gets no answer, its changes don't happen.
 */
export function processView(
  storage: MountStorage,
  life: { readonly ended: boolean },
  system: Pick<TestSystem, "standby">,
): MountStorage {
  const never = new Promise<never>(() => {});
  const alive = async <R>(call: () => Promise<R>): Promise<R> => {
    if (life.ended) return await never;
    const result = await call();
    return life.ended ? await never : result;
  };
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
