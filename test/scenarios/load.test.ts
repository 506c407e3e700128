import { readStoredCreds, revokeAll, soak } from "@vault-ts/bench";
import { PLUGIN_FILE } from "@vault-ts/dev";
import { findServer, startDevServer } from "@vault-ts/openbao";
import { expect } from "vitest";
import { IS_FULL } from "../support/scale.ts";
import { scenario } from "../support/scenario.ts";

/** A server of its own for each, and little in its log. */
const startServer = async () =>
  startDevServer({
    binary: await findServer(),
    plugins: [{ name: "terraform", file: PLUGIN_FILE }],
    logLevel: "warn",
  });

scenario(
  ["LOAD"],
  "leases that expire at once are all revoked, and creds are issued meanwhile",
  async () => {
    await using server = await startServer();
    const { left, irrevocable, latencies } = await revokeAll(server, {
      plugin: "terraform",
      leases: IS_FULL ? 1000 : 100,
      rateLimit: 30,
      readsAlong: true,
    });
    expect([left, irrevocable]).toEqual([0, 0]);
    expect(latencies.length).toBeGreaterThan(0);
  },
);

scenario(
  ["LOAD"],
  "64 clients read a stored token while it is rotated, and none gets an invalid one",
  async () => {
    await using server = await startServer();
    const { reads, rotations, dead } = await readStoredCreds(server, {
      plugin: "terraform",
      seconds: IS_FULL ? 300 : 5,
      clients: 64,
      rotateEvery: IS_FULL ? 2 : 0.5,
    });
    // How many in so many seconds is the machine's affair.
    expect(reads).toBeGreaterThan(0);
    expect(rotations).toBeGreaterThan(0);
    expect(dead).toBe(0);
  },
);

scenario(
  ["LOAD"],
  "after load with random faults, tokens and leases agree, and none is irrevocable",
  async () => {
    await using server = await startServer();
    const { answers, faults, wrongs } = await soak(server, {
      seconds: IS_FULL ? 1800 : 20,
      seed: 20,
      faultRate: 0.05,
    });
    expect(wrongs).toEqual([]);
    expect(Object.keys(faults)).not.toEqual([]);
    expect(answers["creds of a user: 200"]).toBeGreaterThan(0);
  },
);

scenario(
  ["LOAD", "CRASHES"],
  "after load with faults and kills of the plugin, the tokens are those of leases and the stored ones",
  async () => {
    const seeds = IS_FULL ? Array.from({ length: 10 }, (_, index) => index + 1) : [7];
    for (const seed of seeds) {
      await using server = await startServer();
      const seconds = IS_FULL ? 60 : 20;
      const { kills, wrongs } = await soak(server, {
        seconds,
        seed,
        faultRate: 0.05,
        killEvery: 4,
      });
      expect({ seed, wrongs }).toEqual({ seed, wrongs: [] });
      expect(kills).toBeGreaterThan(0);
    }
  },
);
