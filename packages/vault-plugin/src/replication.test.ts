import { describe, expect, test } from "vitest";
import { isWriteSafe, requireWriteSafe } from "./replication.ts";
import { createTestSystem, type TestSystem, viewOf } from "./testing/test-system.ts";
import { decodeReplicationState } from "./wire/replication-state.ts";

const nodeOf = (change: Partial<TestSystem>) => ({
  system: viewOf({ ...createTestSystem(), ...change }),
});

describe("replicated storage", () => {
  test.for<[node: string, change: Partial<TestSystem>]>([
    ["a cluster without replication", {}],
    ["the primary", { performance: "primary" }],
    [
      "a performance secondary, if the mount is local",
      { performance: "secondary", localMount: true },
    ],
  ])("can be written by the active node of %s, and by no standby", async ([, change]) => {
    expect(await isWriteSafe(nodeOf(change))).toBe(true);
    await requireWriteSafe(nodeOf(change));
    expect(await isWriteSafe(nodeOf({ ...change, standby: true }))).toBe(false);
  });

  test("can't be written by a performance secondary", async () => {
    const node = nodeOf({ performance: "secondary" });
    expect(await isWriteSafe(node)).toBe(false);
    await expect(requireWriteSafe(node)).rejects.toMatchObject({ code: "read_only" });
  });

  test("can't be written by a secondary of disaster recovery, not even of a local mount", async () => {
    const system = {
      ...viewOf({ ...createTestSystem(), localMount: true }),
      replicationState: async () => decodeReplicationState((1 << 9) | (1 << 12)),
    };
    expect(await isWriteSafe({ system })).toBe(false);
  });
});
