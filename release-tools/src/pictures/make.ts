/**
 * `npm run docs:pictures`: draws `docs/images` again: the architecture from its text, and the quick
 * start as it runs on a real server.
 */
import { readFile, writeFile } from "node:fs/promises";
import { buildPlugin, runQuickstart } from "@vault-ts/dev";
import { findServer, runCommand, startDevServer } from "@vault-ts/openbao";
import { startSimulator } from "@vault-ts/terraform-cloud/simulator";
import { drawStack } from "./stack.ts";
import { drawTerminal } from "./terminal.ts";

const IMAGES = new URL("../../../docs/images/", import.meta.url);

/** As many steps of the quick start as say what the plugin is for. */
const STEPS = 4;

await runCommand(async () => {
  const text = await readFile(new URL("architecture.txt", IMAGES), "utf8");
  await writeFile(new URL("architecture.svg", IMAGES), drawStack("Architecture", text));

  await using simulator = await startSimulator();
  const plugins = [{ name: "terraform", file: await buildPlugin() }];
  await using server = await startDevServer({ binary: await findServer(), plugins });
  const printed: string[] = [];
  const { problems } = await runQuickstart(server, simulator, (step) => printed.push(step.trim()));
  if (problems.length > 0) throw new Error(problems.join("\n"));
  // Tokens of a simulator: who scans the repository for real ones need not find them.
  const shown = printed
    .slice(0, STEPS)
    .join("\n\n")
    .replace(/(?<=\.atlasv1\.)[\w.-]+/g, "…");
  const recording = drawTerminal("The quick start", shown);
  await writeFile(new URL("quickstart.svg", IMAGES), recording);
});
