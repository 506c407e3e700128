import { readdir, readFile } from "node:fs/promises";
import { expect, test } from "vitest";

const ROOT = new URL("../", import.meta.url);
const read = (path: string) => readFile(new URL(path, ROOT), "utf8");

/** The rows of the tables below a heading, by their first cell. */
const firstCells = (section: string) =>
  [...section.matchAll(/^\| (?!what|message|argument|option|example|-)(.*?) +\|/gm)].map(
    ([, cell = ""]) => cell,
  );

const sectionOf = (document: string, heading: string) =>
  document.split(/^#+ /m).find((part) => part.startsWith(heading)) ?? "";

test("the credentials helper's arguments and messages are those that the document describes", async () => {
  const helper = await read("helpers/terraform-credentials-openbao");
  const document = await read("docs/tools.md");
  const cells = firstCells(sectionOf(document, "Use the credentials helper"));
  const told = cells.map((cell) => /^`(-\w+)=/.exec(cell)?.[1]);
  const taken = [...helper.matchAll(/^ +(-\w+)=\* \|/gm)].map(([, argument]) => argument);
  expect(taken).toHaveLength(4);
  expect([...told].sort()).toEqual([...taken].sort());

  const failures = firstCells(sectionOf(document, "Find out why the helper fails"));
  const messages = failures.map((cell) => cell.replaceAll("`", ""));
  expect(messages).toHaveLength(6);
  const plain = helper
    .replaceAll('\\"', '"')
    .replace(/\$\{?\w+(?:##\*\/)?\}?/g, "…")
    .replaceAll("… read …", "bao read …");
  expect(messages.filter((message) => !plain.includes(message))).toEqual([]);
});

test("what the document quotes of doctor is what doctor says", async () => {
  const folder = new URL("packages/doctor/src/", ROOT);
  const files = (await readdir(folder)).filter((file) => !file.endsWith(".test.ts"));
  const sources = await Promise.all(files.map((file) => readFile(new URL(file, folder), "utf8")));
  const said = sources.join("\n").replace(/\$\{[^}]*\}/g, "…");
  const section = sectionOf(await read("docs/tools.md"), "Find out what is wrong");
  const options = firstCells(section).filter((cell) => cell.startsWith("`--"));
  expect(options).toEqual([
    "`--json`",
    "`--address=URL`",
    "`--base-path=PATH`",
    "`--ca-cert=FILE`",
  ]);
  const quotes = [
    "can't be executed",
    "is registered with SHA-256 …, and this file's is …",
    "expired at …",
    "this machine is …s",
    "which isn't a response of Terraform Cloud's API",
    "name, connection, certificate and API are correct",
  ];
  const inDocument = section.replace(/this machine is \d+s/, "this machine is …s");
  expect(quotes.filter((quote) => !said.includes(quote) || !inDocument.includes(quote))).toEqual(
    [],
  );
});
