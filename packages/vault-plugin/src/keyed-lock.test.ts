import { expect, test } from "vitest";
import { PluginError } from "./errors.ts";
import { KeyedLock } from "./keyed-lock.ts";

/** Whether a promise has settled by the time that all that can run now has run. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const note = () => {
    settled = true;
  };
  promise.then(note, note);
  await new Promise(setImmediate);
  return settled;
}

test("a key is held by one at a time, in the order in which they came", async () => {
  const lock = new KeyedLock();
  const first = await lock.acquire(["a"]);
  const order: number[] = [];
  const work = async (number: number) => {
    using _held = await lock.acquire(["a"]);
    order.push(number);
  };
  const others = [work(2), work(3)];
  expect(await isSettled(Promise.all(others))).toBe(false);
  first[Symbol.dispose]();
  await Promise.all(others);
  expect(order).toEqual([2, 3]);
});

test("other keys are free meanwhile", async () => {
  const lock = new KeyedLock();
  using _a = await lock.acquire(["a"]);
  using _b = await lock.acquire(["b"]);
  expect(await isSettled(lock.acquire(["a"]))).toBe(false);
});

test("two callers that need the same keys never deadlock", async () => {
  const lock = new KeyedLock();
  const work = async (keys: readonly string[]) => {
    using _held = await lock.acquire(keys);
    await new Promise(setImmediate);
  };
  await Promise.all([work(["a", "b"]), work(["b", "a"]), work(["b", "b", "a"])]);
  expect(await isSettled(lock.acquire(["a", "b"]))).toBe(true);
});

test("releasing a key twice has no further effect", async () => {
  const lock = new KeyedLock();
  const first = await lock.acquire(["a"]);
  first[Symbol.dispose]();
  using _second = await lock.acquire(["a"]);
  first[Symbol.dispose]();
  expect(await isSettled(lock.acquire(["a"]))).toBe(false);
});

test("a call that stops waiting leaves the queue, and releases its keys", async () => {
  const lock = new KeyedLock();
  const first = await lock.acquire(["b"]);
  const abort = new AbortController();
  const gone = lock.acquire(["a", "b"], abort.signal);
  const next = lock.acquire(["b"]);
  expect(await isSettled(gone)).toBe(false);
  abort.abort();
  await expect(gone).rejects.toMatchObject({ code: "canceled" });
  expect(await isSettled(lock.acquire(["a"]))).toBe(true);
  first[Symbol.dispose]();
  expect(await isSettled(next)).toBe(true);
});

test("a disconnected client acquires no key", async () => {
  const lock = new KeyedLock();
  await expect(lock.acquire(["a"], AbortSignal.abort())).rejects.toMatchObject({
    code: "canceled",
  });
  expect(await isSettled(lock.acquire(["a"]))).toBe(true);
});

test("the reason of an aborted signal is thrown", async () => {
  const late = new PluginError("upstream_timeout", "too late");
  await expect(new KeyedLock().acquire(["a"], AbortSignal.abort(late))).rejects.toBe(late);
});
