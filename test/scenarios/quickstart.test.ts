import { quickstartSteps, runStep, type State } from "@vault-ts/dev";
import { startSimulator } from "@vault-ts/terraform-cloud/simulator";
import { expect } from "vitest";
import { scenario } from "../support/scenario.ts";
import { useServer } from "../support/use-server.ts";

const use = useServer();

scenario(["QUICK_START", "HELP"], "the quick start, word for word, through the command line", async () => {
  await using simulator = await startSimulator();
  const state: State = {
    tables: new Map(),
    statusOf: async (token) => {
      const headers = { authorization: `Bearer ${token}` };
      return (await fetch(`${simulator.address}/api/v2/account/details`, { headers })).status;
    },
  };
  const problems: string[] = [];
  for (const step of quickstartSteps(simulator.address, simulator.credentials)) {
    const problem = await runStep(use.server, step, state);
    if (problem) problems.push(`${step.title}: ${problem}`);
  }
  expect(problems).toEqual([]);
  expect(state.tables.get("my-role")?.get("lease_renewable")).toBe("true");
  expect(state.tables.get("my-role")?.get("lease_duration")).toBe("768h");
  expect(state.tables.get("testing")?.get("organization")).toBe("hashicorp-vault-testing");
  expect(state.tables.get("testing")?.get("role")).toBe("testing");
});
