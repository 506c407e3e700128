import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";

const ROOT = new URL("../", import.meta.url);
const EXAMPLE = ["build.ts", "src/main.ts", "src/one-time-passwords.ts", "src/one-time-passwords.test.ts"];

const read = (path: string) => readFile(new URL(path, ROOT), "utf8");

test("the code of the guide is the example's, which is type-checked and runs", async () => {
  const guide = await read("docs/writing-a-plugin.md");
  const sources = await Promise.all(EXAMPLE.map((file) => read(`examples/one-time-passwords/${file}`)));
  const blocks = [...guide.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = ""]) => code);
  expect(blocks.length).toBeGreaterThan(5);
  expect(blocks.filter((code) => !sources.some((source) => source.includes(code)))).toEqual([]);
});
