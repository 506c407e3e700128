import { OPERATIONS, type Operation } from "@vault-ts/secrets-terraform/testing";
import { expect } from "vitest";
import { inLanes } from "../support/in-lanes.ts";
import { walOf } from "../support/mount-state.ts";
import { documentedOutcomes } from "../support/outcome-table.ts";
import { type Provoked, provoke, remains } from "../support/provoke.ts";
import { scenario } from "../support/scenario.ts";
import { useServer } from "../support/use-server.ts";
import { mend, WRONGS } from "../support/wrongs.ts";

const use = useServer();

/** Mounts that are asked at once. */
const LANES = 8;

const provoked: Provoked[] = [];

for (const [heading, causes] of Object.entries(WRONGS)) {
  scenario(["FAULTS"], `each ${heading}, in each operation, comes to what the document says`, async () => {
    const documented = await documentedOutcomes(heading);
    expect([...new Set(documented.map(({ row }) => row))].sort()).toEqual(Object.keys(causes).sort());
    const outcomes = await inLanes(LANES, documented, async ({ row, operation: name }) => {
      const operation = OPERATIONS.find((one: Operation) => one.name === name);
      const cause = causes[row];
      if (!operation || !cause) throw new Error(`there is no ${row} in ${name}`);
      const one = await provoke(use.server, operation, cause);
      provoked.push(one);
      return { row, operation: name, outcome: one.outcome };
    });
    expect(outcomes).toEqual(documented);
  });
}

scenario(["FAULTS"], "once Terraform Cloud is well again, all is put right by itself", async () => {
  const documented = await Promise.all(Object.keys(WRONGS).map(documentedOutcomes));
  expect(provoked).toHaveLength(documented.flat().length);
  expect(new Set(provoked.map(({ operation }) => operation))).toEqual(new Set(OPERATIONS));
  for (const { mount } of provoked) mend(mount.simulator);
  const logged = async () => {
    const entries = await inLanes(LANES, provoked, ({ mount }) => walOf(use.server, mount));
    return entries.filter((count) => count > 0).length;
  };
  // So many rollbacks at once may take a minute more than one does.
  await expect.poll(logged, { interval: 2000 }).toBe(0);

  const wrongs = await inLanes(LANES, provoked, async (one) =>
    (await remains(use.server, one)).map((wrong) => `${one.operation.name}, ${one.outcome}: ${wrong}`),
  );
  expect(wrongs.flat()).toEqual([]);
  await Promise.all(provoked.map(({ mount }) => mount[Symbol.asyncDispose]()));
});
