/** `npm run quickstart`: the documented quick start, on a real server, against the simulator. */
import { runCommand } from "@vault-ts/openbao";
import { runQuickstart } from "./run-quickstart.ts";
import { startStack } from "./stack.ts";

await runCommand(async () => {
  await using stack = await startStack();
  const { steps, problems } = await runQuickstart(stack.server, stack.simulator, console.log);
  console.log(`\n${steps - problems.length} of ${steps} steps did what the documentation says.`);
  if (problems.length > 0) throw new Error(problems.join("\n"));
});
