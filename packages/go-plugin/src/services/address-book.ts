import { GrpcCode, GrpcError } from "../grpc/status.ts";

/** Values by number, each for one caller, who may ask before the value is set. */
export interface AddressBook<T> {
  put(id: number, entry: T): void;
  /**
   * Returns the entry and removes it.
   *
   * @throws GrpcError DEADLINE_EXCEEDED if it isn't set in time.
   */
  take(id: number): Promise<T>;
}

/** The limit of entries that aren't taken; the oldest are removed. */
const MAX_ENTRIES = 1024;

/** @param timeoutMs How long `take` waits, in milliseconds. */
export function addressBook<T>(timeoutMs: number): AddressBook<T> {
  const entries = new Map<number, T>();
  const waiting = new Map<number, (entry: T) => void>();

  return {
    put(id, entry) {
      const hand = waiting.get(id);
      if (hand) return hand(entry);
      entries.set(id, entry);
      const [oldest] = entries.keys();
      if (entries.size > MAX_ENTRIES && oldest !== undefined) entries.delete(oldest);
    },

    take(id) {
      return new Promise((resolve, reject) => {
        const entry = entries.get(id);
        entries.delete(id);
        if (entry !== undefined) return resolve(entry);
        const timer = setTimeout(() => {
          waiting.delete(id);
          reject(
            new GrpcError(
              GrpcCode.DEADLINE_EXCEEDED,
              `the host sent no address for its service ${id}`,
            ),
          );
        }, timeoutMs);
        waiting.set(id, (late) => {
          clearTimeout(timer);
          waiting.delete(id);
          resolve(late);
        });
      });
    },
  };
}
