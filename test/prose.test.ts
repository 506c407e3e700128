import { readdir, readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import {
  longCells,
  longLinesOfDocument,
  longLinesOfSource,
  longSentences,
} from "./support/prose.ts";

const ROOT = new URL("../", import.meta.url);

/** Folders of the repository that hold what others wrote, or what a program generates. */
const FOREIGN: ReadonlySet<string> = new Set([
  "node_modules",
  "dist",
  "gen",
  "recorded",
  "release",
]);

test("lines of sources have at most 100 columns, where the formatter can break them", async () => {
  const sources = await filesBelow("", /\.(?:ts|mjs|cjs)$/);
  expect(sources.size).toBeGreaterThan(500);
  expect(faultsOf(sources, longLinesOfSource)).toEqual([]);
});

test("lines of documents have at most 100 columns", async () => {
  const documents = await filesBelow("", /\.md$/);
  expect(documents.size).toBeGreaterThan(30);
  expect(faultsOf(documents, longLinesOfDocument)).toEqual([]);
});

test("sentences of documents have at most 30 words", async () => {
  expect(faultsOf(await filesBelow("", /\.md$/), longSentences)).toEqual([]);
});

test("cells of the tables of documents have at most 25 words", async () => {
  expect(faultsOf(await filesBelow("", /\.md$/), longCells)).toEqual([]);
});

test("what is too long is found, and what can't be broken isn't", () => {
  const words = (count: number) => Array.from({ length: count }, () => "word").join(" ");
  const fenced = (language: string, code: string) => `\`\`\`${language}\n${code}\n\`\`\``;

  const long = `A ${words(30)}.`;
  expect(longSentences(`A ${words(29)}. ${long} More.\n\n${fenced("", long)}`)).toEqual([long]);
  expect(longSentences(`Call \`${words(30)}\`.`)).toHaveLength(1);
  expect(longCells(`| ${words(25)} | ${words(26)} |`)).toEqual([` ${words(26)} `]);

  const [fits, line] = [words(20), words(21)];
  expect(longLinesOfDocument(`${fits}\n${line}\n| ${line} |\n`)).toEqual([line]);
  expect(longLinesOfDocument(`See \`${line}\`.`)).toEqual([]);
  expect(longLinesOfDocument(fenced("http", `{\n"a": "${line}"\n}\n${line}`))).toEqual([line]);
  expect(longLinesOfDocument(fenced("console", `$ bao ${line}\n${line}`))).toEqual([
    `$ bao ${line}`,
  ]);
  expect(longLinesOfSource(`const a = "${line}";\n// "${line}"`)).toEqual([`// "${line}"`]);
});

/** What is wrong with some files, each with its file's name. */
function faultsOf(
  files: ReadonlyMap<string, string>,
  faults: (text: string) => readonly string[],
): readonly string[] {
  return [...files].flatMap(([name, text]) => faults(text).map((fault) => `${name}: ${fault}`));
}

/** The files below a folder whose names match, by their paths. */
async function filesBelow(folder: string, names: RegExp): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const entry of await readdir(new URL(folder || ".", ROOT), { withFileTypes: true })) {
    const path = `${folder}${entry.name}`;
    if (entry.isDirectory()) {
      if (FOREIGN.has(entry.name) || entry.name.startsWith(".")) continue;
      for (const [inner, text] of await filesBelow(`${path}/`, names)) files.set(inner, text);
    } else if (names.test(entry.name)) {
      files.set(path, await readFile(new URL(path, ROOT), "utf8"));
    }
  }
  return files;
}
