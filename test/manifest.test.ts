import { readdir, readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { requirements } from "./requirements.ts";

const SCENARIOS = new URL("scenarios/", import.meta.url);

test("every requirement has a scenario, and every scenario its requirements", async () => {
  const files = (await readdir(SCENARIOS)).filter((name) => name.endsWith(".test.ts"));
  const sources = await Promise.all(
    files.map((name) => readFile(new URL(name, SCENARIOS), "utf8")),
  );
  const bindings = sources.flatMap((source) => [
    ...source.matchAll(/\bscenario(?:With)?\(\s*(?:\w+,\s*)?\[([^\]]*)\]/g),
  ]);
  const bound = bindings.map(([, ids = ""]) => [...ids.matchAll(/"(\w+)"/g)].map(([, id]) => id));
  expect(bound.filter((ids) => ids.length === 0)).toEqual([]);
  expect([...new Set(bound.flat())].sort()).toEqual(Object.keys(requirements).sort());
});
