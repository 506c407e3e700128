import * as v from "valibot";
import { expect, test } from "vitest";
import { PluginError } from "./errors.ts";
import { entryType, orCorruptEntry } from "./storage.ts";
import { MemoryStorage } from "./testing/index.ts";

const color = entryType(v.object({ name: v.string(), red: v.number() }));

test("an entry is stored as JSON and read back", async () => {
  const storage = new MemoryStorage();
  await color.put(storage, "color/sky", { name: "sky", red: 1 });
  expect(storage.json("color/sky")).toEqual({ name: "sky", red: 1 });
  expect(await color.get(storage, "color/sky")).toEqual({ name: "sky", red: 1 });
});

test("a missing entry is undefined", async () => {
  expect(await color.get(new MemoryStorage(), "color/sky")).toBeUndefined();
});

test.for<[name: string, stored: string, message: string]>([
  ["no JSON", "hunter2", `the stored entry "k" can't be read: it isn't valid`],
  [
    "a field of another type",
    '{"name":"sky","red":"hunter2"}',
    `the stored entry "k" can't be read: red isn't valid`,
  ],
  ["a field missing", '{"red":1}', `the stored entry "k" can't be read: name isn't valid`],
])("an entry that is %s is refused without being repeated", async ([, stored, message]) => {
  const storage = new MemoryStorage();
  await storage.put("k", Buffer.from(stored));
  await expect(color.get(storage, "k")).rejects.toMatchObject({ code: "corrupt_entry", message });
});

test("the error of an entry that can't be read can be taken as a value", async () => {
  const storage = new MemoryStorage();
  await storage.put("k", Buffer.from("{}"));
  expect(await orCorruptEntry(color.get(storage, "k"))).toMatchObject({ code: "corrupt_entry" });
  expect(await orCorruptEntry(color.get(storage, "none"))).toBeUndefined();
  const failure = new PluginError("internal", "storage failed");
  await expect(orCorruptEntry(Promise.reject(failure))).rejects.toBe(failure);
});

test("names right below a prefix are listed, sorted, with a slash where there is more", async () => {
  const storage = new MemoryStorage();
  for (const key of ["a/c", "a/b/x", "a/b/y", "ab", "a/a"])
    await storage.put(key, Buffer.from("1"));
  expect(await storage.list("a/")).toEqual(["a", "b/", "c"]);
});
