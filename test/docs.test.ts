import { access, readdir, readFile } from "node:fs/promises";
import { posix } from "node:path";
import { expect, test } from "vitest";
import { markdownOf, OUTCOMES } from "./support/fault-outcomes.ts";
import { anchorsOf, linksOf } from "./support/markdown-links.ts";
import { isMadeOf, isSaying, textsOf } from "./support/source-texts.ts";

const ROOT = new URL("../", import.meta.url);
const EXAMPLE = [
  "build.ts",
  "src/main.ts",
  "src/one-time-passwords.ts",
  "src/one-time-passwords.test.ts",
];

const read = (path: string) => readFile(new URL(path, ROOT), "utf8");

test("the code of the guide is the example's, which is type-checked and runs", async () => {
  const guide = await read("docs/writing-a-plugin.md");
  const sources = await Promise.all(
    EXAMPLE.map((file) => read(`examples/one-time-passwords/${file}`)),
  );
  const blocks = [...guide.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = ""]) => code);
  expect(blocks.length).toBeGreaterThan(5);
  expect(blocks.filter((code) => !sources.some((source) => source.includes(code)))).toEqual([]);
});

test("all links of the documents have a target", async () => {
  const documents = (await readdir(new URL("docs/", ROOT), { recursive: true })).filter((file) =>
    file.endsWith(".md"),
  );
  const broken: string[] = [];
  for (const document of [
    "README.md",
    "CONTRIBUTING.md",
    ...documents.map((file) => `docs/${file}`),
  ]) {
    for (const { path, anchor } of linksOf(await read(document))) {
      const target = path === "" ? document : posix.join(posix.dirname(document), path);
      const isMeant =
        (await exists(target)) && (anchor === "" || anchorsOf(await read(target)).includes(anchor));
      if (!isMeant) broken.push(`${document}: ${path}#${anchor}`);
    }
  }
  expect(broken).toEqual([]);
});

test("each file that the architecture document names exists, and what it finds in it", async () => {
  const document = (await read("docs/architecture.md")).replace(/^```.*?^```$/gms, "");
  const named = new Set([...document.matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code));
  const files = [...named].filter((name) => /^[a-z][\w/-]*(?:\/|\.(?:ts|json))$/.test(name));
  expect(files.length).toBeGreaterThan(50);
  const missing = await Promise.all(
    files.map(async (file) => ((await placeOf(file)) === undefined ? [file] : [])),
  );
  expect(missing.flat()).toEqual([]);

  const places = [
    ...document.matchAll(/((?:`[\w#.]+`,? (?:and )?)+)(?:in\s+`([^`\n]+\.ts)`|there)/g),
  ];
  expect(places.length).toBeGreaterThan(40);
  const moved: string[] = [];
  let source = "";
  for (const [text, names = "", file] of places) {
    // "There" is in the file that was named last.
    if (file !== undefined) source = await read((await placeOf(file)) ?? "");
    const parts = [...names.matchAll(/`(?:\w+\.)?([\w#]+)`/g)].map(([, name = ""]) => name);
    if (!parts.every((name) => defines(source, name))) moved.push(text);
  }
  expect(moved).toEqual([]);
});

/** Where a file of the architecture document is: it names those of the engine without a package. */
async function placeOf(file: string): Promise<string | undefined> {
  for (const place of ["", "packages/secrets-terraform/src/", "packages/vault-plugin/"])
    if (await exists(`${place}${file}`)) return `${place}${file}`;
  return undefined;
}

/** Whether a source defines a function, a class, a member or a constant. */
function defines(source: string, name: string): boolean {
  return new RegExp(`(?:^|[^\\w.#])${name}(?:\\(|:| = | \\{|<| implements )`, "m").test(source);
}

test("the tables of outcomes of faults match the expectations of the tests", async () => {
  const document = (await read("docs/reliability.md")).replace(/ {2,}\|/g, " |");
  for (const [heading, table] of Object.entries(OUTCOMES)) {
    const first = document.indexOf(`| ${heading} |`);
    const found = document.slice(first, document.indexOf("\n\n", first));
    expect(withoutRules(found)).toBe(withoutRules(markdownOf(heading, table)));
  }
});

/** Without the line of hyphens below the heading, which may be of any length. */
const withoutRules = (table: string) => table.replace(/^\|[ -|]*-\|\n/m, "");

/** Causes of others, which nobody is told. */
const UNTOLD = ["there is none", "not applied", "… has no stored token"];

test("the troubleshooting document has each message of the engine, and no other", async () => {
  const document = await read("docs/troubleshooting.md");
  const told = [...document.matchAll(/`([^`\n]+)`/g)].map(([, text = ""]) => text);
  const own = await textsBelow("packages/secrets-terraform/src/", "packages/terraform-cloud/src/");
  const messages = own.filter((text) => isSaying(text) && !UNTOLD.includes(text));
  expect(messages.length).toBeGreaterThan(50);
  expect(messages.filter((message) => !told.some((text) => text.includes(message)))).toEqual([]);

  const first = [...document.matchAll(/^(?:#+|\|) `([^`\n]+)`/gm)].map(([, text = ""]) => text);
  expect(first.length).toBeGreaterThan(50);
  const framework = await textsBelow("packages/vault-plugin/src/", "packages/go-plugin/src/");
  expect(first.filter((text) => !isMadeOf(text, [...own, ...framework]))).toEqual([]);
});

/** The texts of all sources below some folders. */
async function textsBelow(...folders: readonly string[]): Promise<readonly string[]> {
  return (await Promise.all(folders.map(sourcesBelow))).flat().flatMap(textsOf);
}

/** The sources below a folder: not tests, simulators and what is generated. */
async function sourcesBelow(folder: string): Promise<readonly string[]> {
  const files = (await readdir(new URL(folder, ROOT), { recursive: true })).filter(
    (file) => file.endsWith(".ts") && !/\.test(-d)?\.ts$|simulator|testing|\/gen\//.test(file),
  );
  return await Promise.all(files.map((file) => read(`${folder}${file}`)));
}

function exists(path: string): Promise<boolean> {
  return access(new URL(path, ROOT)).then(
    () => true,
    () => false,
  );
}
