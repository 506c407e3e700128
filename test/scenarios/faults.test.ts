import { OPERATIONS } from "@vault-ts/secrets-terraform/testing";
import { beforeAll, expect } from "vitest";
import { type Cell, cellsOf, OUTCOMES, someCellsOf } from "../support/fault-outcomes.ts";
import { inLanes } from "../support/in-lanes.ts";
import { type Provoked, prepare, provoke, remains, unsettled } from "../support/provoke.ts";
import { IS_FULL } from "../support/scale.ts";
import { scenario } from "../support/scenario.ts";
import { useServer } from "../support/use-server.ts";
import { repair, WRONGS } from "../support/wrongs.ts";

const use = useServer();

/** Mounts that are asked at once. */
const LANES = 16;

interface Tried extends Provoked {
  readonly heading: string;
  readonly expected: Cell;
}

let tried: readonly Tried[];

beforeAll(async () => {
  const cells = Object.entries(OUTCOMES).flatMap(([heading, table]) =>
    (IS_FULL ? cellsOf(table) : someCellsOf(table)).map((expected) => ({ heading, expected })),
  );
  // All first: what a schedule rotates has to be ten seconds old.
  const prepared = await inLanes(LANES, cells, async ({ heading, expected }) => {
    const operation = OPERATIONS.find(({ name }) => name === expected.operation);
    const wrong = WRONGS[heading]?.[expected.row];
    if (!operation || !wrong)
      throw new Error(`there is no ${expected.row} in ${expected.operation}`);
    const mount = await prepare(use.server, operation);
    return { heading, expected, operation, wrong, mount };
  });
  tried = await inLanes(LANES, prepared, async ({ mount, operation, wrong, ...cell }) => ({
    ...cell,
    ...(await provoke(use.server, mount, operation, wrong)),
  }));
});

for (const [heading, wrongs] of Object.entries(WRONGS)) {
  scenario(["FAULTS"], `each ${heading}, in each operation, has the expected outcome`, async () => {
    const own = tried.filter((one) => one.heading === heading);
    expect(new Set(own.map(({ expected }) => expected.row))).toEqual(new Set(Object.keys(wrongs)));
    expect(own.map(({ expected, outcome }) => ({ ...expected, outcome }))).toEqual(
      own.map(({ expected }) => expected),
    );
  });
}

scenario(["FAULTS"], "once Terraform Cloud works again, each mount reconciles itself", async () => {
  expect(new Set(tried.map(({ operation }) => operation))).toEqual(new Set(OPERATIONS));
  for (const { mount } of tried) repair(mount.simulator);
  await expect.poll(() => unsettled(use.server, tried), { interval: 2000 }).toEqual([]);

  const wrongs = await inLanes(LANES, tried, async (one) =>
    (await remains(use.server, one)).map(
      (wrong) => `${one.operation.name}, ${one.outcome}: ${wrong}`,
    ),
  );
  expect(wrongs.flat()).toEqual([]);
  await Promise.all(tried.map(({ mount }) => mount[Symbol.asyncDispose]()));
});
