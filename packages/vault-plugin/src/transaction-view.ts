import { PluginError } from "./errors.ts";
import type { Storage } from "./storage.ts";

/**
 * Runs work on a transaction's view. Once the work has settled, further calls of the view fail, and
 * those in progress are waited for. The transaction can then end: a host would apply a later call
 * to the storage itself.
 *
 * @returns what the work returns.
 * @throws what the work throws. A later call throws PluginError `internal`.
 */
export async function runOnView<T>(view: Storage, work: (view: Storage) => Promise<T>): Promise<T> {
  const inProgress = new Set<Promise<unknown>>();
  let hasEnded = false;
  const during = async <R>(call: () => Promise<R>): Promise<R> => {
    if (hasEnded) {
      throw new PluginError(
        "internal",
        "using the storage failed: the transaction has ended; await all calls in its work",
      );
    }
    const running = call();
    inProgress.add(running);
    try {
      return await running;
    } finally {
      inProgress.delete(running);
    }
  };
  try {
    return await work({
      get: (key) => during(() => view.get(key)),
      put: (key, value) => during(() => view.put(key, value)),
      delete: (key) => during(() => view.delete(key)),
      list: (prefix, page) => during(() => view.list(prefix, page)),
    });
  } finally {
    hasEnded = true;
    await Promise.allSettled(inProgress);
  }
}
