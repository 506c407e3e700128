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
