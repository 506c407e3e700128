/**
 * `npm run fuzz -- [--seconds=600] [--target=NAME]`: fuzzes each target, or one, for equal parts of
 * the time.
 */
import { readdirSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { fuzz, installJazzer } from "./jazzer.ts";

const TARGETS = fileURLToPath(new URL("targets", import.meta.url));
const OUTPUT = fileURLToPath(new URL("../dist", import.meta.url));

const { values } = parseArgs({
  options: { seconds: { type: "string", default: "600" }, target: { type: "string" } },
});
const all = readdirSync(TARGETS).map((file) => basename(file, ".ts"));
const names = all.filter((name) => values.target === undefined || name === values.target);
const seconds = Math.floor(Number(values.seconds) / names.length);
if (!(seconds >= 1)) {
  throw new Error(
    `--seconds must be a second or more for each target; --target must be one of ${all.join(", ")}`,
  );
}

try {
  installJazzer();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
let total = 0;
for (const name of names) {
  const bundle = `${OUTPUT}/${name}.cjs`;
  await build({
    entryPoints: [`${TARGETS}/${name}.ts`],
    outfile: bundle,
    bundle: true,
    platform: "node",
    format: "cjs",
  });
  const { seeds } = (await import(`./targets/${name}.ts`)) as { readonly seeds: readonly Buffer[] };
  const { executions, finding } = await fuzz(bundle, `${OUTPUT}/${name}`, seeds, seconds);
  total += executions;
  console.log(
    `${name}: ${executions} executions in ${seconds} s${finding === undefined ? "" : ", and a finding"}`,
  );
  if (finding === undefined) continue;
  console.error(finding);
  process.exitCode = 1;
}
console.log(`${total} executions of ${names.length} targets`);
