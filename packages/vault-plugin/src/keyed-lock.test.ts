import { expect, test } from "vitest";
import { KeyedLock } from "./keyed-lock.ts";

const deferred = () => {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
};

test("work for one key runs one at a time, in order; other keys run beside it", async () => {
  const lock = new KeyedLock();
  const gate = deferred();
  const order: string[] = [];
  const first = lock.run("a", async () => {
    order.push("a1 begins");
    await gate.promise;
    order.push("a1 ends");
  });
  const second = lock.run("a", async () => {
    order.push("a2");
  });
  await lock.run("b", async () => {
    order.push("b");
  });
  gate.resolve();
  await Promise.all([first, second]);
  expect(order).toEqual(["a1 begins", "b", "a1 ends", "a2"]);
});

test("work that fails tells its own caller, and lets the next one run", async () => {
  const lock = new KeyedLock();
  const failing = lock.run("a", async () => {
    throw new Error("failed");
  });
  const next = lock.run("a", async () => "done");
  await expect(failing).rejects.toThrow("failed");
  await expect(next).resolves.toBe("done");
});

test("work that nobody waits for any more is left undone", async () => {
  const lock = new KeyedLock();
  const [begun, gate] = [deferred(), deferred()];
  const abort = new AbortController();
  const order: string[] = [];
  const note = (name: string) => async () => {
    order.push(name);
  };
  const work = async () => {
    begun.resolve();
    await gate.promise;
    order.push("first");
  };
  const first = lock.run("a", work, abort.signal);
  const gone = lock.run("a", note("gone"), abort.signal);
  const next = lock.run("a", note("next"), new AbortController().signal);
  await begun.promise;
  abort.abort();
  gate.resolve();
  await expect(gone).rejects.toMatchObject({ code: "internal" });
  // What has begun goes on to its end.
  await Promise.all([first, next]);
  expect(order).toEqual(["first", "next"]);
});
