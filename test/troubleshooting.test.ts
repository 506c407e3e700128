import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const PACKAGES = fileURLToPath(new URL("../packages/", import.meta.url));
const PAGE = fileURLToPath(new URL("../docs/troubleshooting.md", import.meta.url));

/** The sources of a package, without tests and simulators. */
function sourcesOf(name: string): string {
  const folder = `${PACKAGES}${name}/src`;
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const own = files.filter(
    (file) => file.endsWith(".ts") && !/\.test\.|simulator\/|testing|\/gen\//.test(file),
  );
  return own.map((file) => readFileSync(`${folder}/${file}`, "utf8")).join("\n");
}

const engine = sourcesOf("secrets-terraform") + sourcesOf("terraform-cloud");
const all = engine + sourcesOf("vault-plugin");
const page = readFileSync(PAGE, "utf8");

/** The parts of a message that don't vary. */
const partsOf = (message: string, gap: RegExp) =>
  message
    .split(gap)
    .map((part) => part.replace(/^[:\s]+|\s+$/g, ""))
    .filter((part) => part.length >= 6);

test("each message of the engine is on the page", () => {
  const errors = [
    ...engine.matchAll(/new (?:PluginError|TerraformCloudError)\(\s*(?:"\w+"|\w+),\s*(`[^`]*`|"[^"]*")/g),
  ];
  const rules = [...engine.matchAll(/\btext:\s*(`[^`]*`|"[^"]*")/g)];
  expect(errors.length).toBeGreaterThan(15);
  expect(rules.length).toBeGreaterThan(7);
  const parts = [...errors, ...rules].flatMap(([, message = ""]) =>
    partsOf(message.slice(1, -1), /\$\{[^}]*\}/),
  );
  expect(parts.filter((part) => !page.includes(part))).toEqual([]);
});

test("each message on the page is one of the sources", () => {
  const messages = [...page.matchAll(/^\| `([^`]+)`/gm)].map(([, message = ""]) => message);
  expect(messages.length).toBeGreaterThan(30);
  const parts = messages.flatMap((message) => partsOf(message, /…/));
  expect(parts.filter((part) => !all.includes(part))).toEqual([]);
});
