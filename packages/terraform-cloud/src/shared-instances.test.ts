import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { SharedInstances } from "./shared-instances.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

test("each key has one instance", () => {
  const shared = new SharedInstances<object>();
  const first = shared.get("a", () => ({}));
  expect(shared.get("a", () => ({}))).toBe(first);
  expect(shared.get("b", () => ({}))).not.toBe(first);
});

test("an unused instance is collected, and its key with it", async () => {
  const shared = new SharedInstances<object>();
  const used = shared.get("used", () => ({}));
  for (let index = 0; index < 100; index += 1) shared.get(`unused ${index}`, () => ({}));
  await expect
    .poll(async () => {
      collectGarbage();
      await setImmediate();
      return shared.size;
    })
    .toBe(1);
  expect(shared.get("used", () => ({}))).toBe(used);
});
