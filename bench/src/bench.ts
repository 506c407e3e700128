/**
 * `npm run bench`: ours on several runtimes and HashiCorp's plugin, at the same server, in turns.
 * It takes 10 minutes, and writes what docs/performance.md shows.
 *
 * - `--short`: all of it in seconds; only to see that it works.
 * - `--plugins=go,node20,node24,node26,bun`, or `node` for the Node.js of the PATH. The others are
 *   compared with the first. `--file NAME=PATH` adds the file of another plugin.
 * - `--parts=requests,starts,framework,scale`: some of them.
 * - `--operations="stored creds,role read" --clients=1,16,64`: some of the requests, and no other
 *   parts. `--rounds=6 --slice-ms=350` are the rounds and the slices of each.
 * - `--roles=10000 --mounts=1000`: the scale.
 *
 * A run with options leaves the document alone.
 */
import { runCommand } from "@vault-ts/openbao";
import { parseOptions } from "./compare/options.ts";
import { runBench } from "./compare/run-bench.ts";
import { reportTables } from "./report/report-tables.ts";
import { writeDocument } from "./report/write-document.ts";
import { writeResults } from "./report/write-results.ts";

await runCommand(async () => {
  const args = process.argv.slice(2);
  const say = (message: string) => process.stderr.write(`${message}\n`);
  const result = await runBench(parseOptions(args), say);
  console.log(reportTables(result));
  say(`the figures are in ${await writeResults(result)}`);
  const hasGo = result.plugins.some(({ name }) => name === "go");
  if (args.length === 0 && hasGo) say(`wrote ${(await writeDocument(result)).join(" and ")}`);
});
