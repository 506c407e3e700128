import { runQuickstart } from "@vault-ts/dev";
import { startSimulator } from "@vault-ts/terraform-cloud/simulator";
import { expect } from "vitest";
import { scenario } from "../support/scenario.ts";
import { useServer } from "../support/use-server.ts";

const use = useServer();

scenario(
  ["QUICK_START", "HELP"],
  "the quick start, word for word, through the command line",
  async () => {
    await using simulator = await startSimulator();
    const printed: string[] = [];
    const { problems, tables } = await runQuickstart(use.server, simulator, (text) =>
      printed.push(text),
    );
    expect(problems).toEqual([]);
    expect(tables.get("my-role")?.get("lease_renewable")).toBe("true");
    expect(tables.get("my-role")?.get("lease_duration")).toBe("768h");
    expect(tables.get("testing")?.get("organization")).toBe("hashicorp-vault-testing");
    expect(tables.get("testing")?.get("role")).toBe("testing");
    expect(printed.join("\n")).toContain("Matching Route: ^config$");
  },
);
