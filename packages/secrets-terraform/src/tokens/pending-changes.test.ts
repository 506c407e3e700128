import { describe, expect, test, vi } from "vitest";
import { PendingChanges } from "./pending-changes.ts";

/** A change that ends when it is told to. */
function startChange(changes: PendingChanges, key: string) {
  const { promise, resolve, reject } = deferred();
  const change = changes.run(key, () => promise);
  return { change, end: resolve, fail: () => reject(new Error("lost")) };
}

function deferred() {
  let [resolve, reject] = [(_: string) => {}, (_: Error) => {}];
  const promise = new Promise<string>((onDone, onError) => {
    resolve = onDone;
    reject = onError;
  });
  return { promise, resolve, reject };
}

/** Whether somebody who waits for the key may go on by now. */
async function isSettled(waiting: Promise<void>): Promise<boolean> {
  return await Promise.race([waiting.then(() => true), new Promise<false>((no) => setImmediate(no, false))]);
}

describe("a reader", () => {
  test("waits for the change of its key, and for no other", async () => {
    const changes = new PendingChanges();
    const { change, end } = startChange(changes, "a");
    const waiting = changes.settled("a");
    expect(await isSettled(waiting)).toBe(false);
    expect(await isSettled(changes.settled("b"))).toBe(true);
    end("made");
    expect(await change).toBe("made");
    expect(await isSettled(waiting)).toBe(true);
    expect(await isSettled(changes.settled("a"))).toBe(true);
  });

  test("goes on after a change that failed", async () => {
    const changes = new PendingChanges();
    const { change, fail } = startChange(changes, "a");
    const waiting = changes.settled("a");
    fail();
    await expect(change).rejects.toThrow("lost");
    expect(await isSettled(waiting)).toBe(true);
  });

  test("waits no longer than five seconds", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const changes = new PendingChanges();
      const { change, end } = startChange(changes, "a");
      const waiting = changes.settled("a");
      vi.advanceTimersByTime(4999);
      expect(await isSettled(waiting)).toBe(false);
      vi.advanceTimersByTime(1);
      expect(await isSettled(waiting)).toBe(true);
      end("made");
      await change;
    } finally {
      vi.useRealTimers();
    }
  });
});
