/** `npm run quickstart`: the documented quick start, on a real server, against the simulator. */
import { runCommand } from "@vault-ts/openbao";
import { quickstartSteps, type State } from "./quickstart-steps.ts";
import { runStep } from "./run-step.ts";
import { startStack } from "./stack.ts";

await runCommand(async () => {
  await using stack = await startStack();
  const { server, simulator } = stack;
  const state: State = {
    tables: new Map(),
    statusOf: async (token) => {
      const url = `${simulator.address}/api/v2/account/details`;
      return (await fetch(url, { headers: { authorization: `Bearer ${token}` } })).status;
    },
  };
  const steps = quickstartSteps(simulator.address, simulator.credentials);
  const problems: string[] = [];
  for (const step of steps) {
    const problem = await runStep(server, step, state);
    if (problem) problems.push(`${step.title}: ${problem}`);
  }
  console.log(
    `\n${steps.length - problems.length} of ${steps.length} steps did what the documentation says.`,
  );
  if (problems.length > 0) throw new Error(problems.join("\n"));
});
