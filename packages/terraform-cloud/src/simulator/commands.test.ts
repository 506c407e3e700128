import { afterEach, beforeEach, expect, test } from "vitest";
import { perform } from "./commands.ts";
import { type Simulator, startSimulator } from "./simulator.ts";

let simulator: Simulator;
beforeEach(async () => {
  simulator = await startSimulator();
});
afterEach(() => simulator.close());

const status = async () => {
  const headers = { authorization: `Bearer ${simulator.credentials.token}` };
  const url = `${simulator.address}/api/v2/account/details`;
  return await fetch(url, { headers }).then(
    ({ status }) => status,
    () => "cut",
  );
};

test.for<[line: string, says: string]>([
  ["fault server error", "each request goes wrong: server error"],
  ["  fault   none ", "all is well"],
  ["edition europe", "it is europe"],
  ["rate 30", "30 requests a second for each user"],
  ["rate none", "any number of requests"],
  ["ttl 300", "tokens that live longer than 300 seconds don't work"],
  ["ttl none", "no policy"],
  ["clock", "usage: clock, and the seconds that it is ahead; with a minus, behind"],
  ["clock soon", "usage: clock, and the seconds that it is ahead; with a minus, behind"],
  ["rate 0", "usage: rate none, or the requests that each user may make in a second"],
  ["edition sweden", "usage: edition hcp, europe, enterprise, old-enterprise"],
])("%j says %j", ([line, says]) => {
  expect(perform(simulator, line)).toBe(says);
});

test("an unknown command lists all commands", () => {
  for (const line of ["", "help", "constructor"]) {
    expect(
      perform(simulator, line)
        .split("\n")
        .map((text) => text.split(/[ ,:]+/)[1]),
    ).toEqual(["fault", "edition", "rate", "clock", "ttl", "tokens"]);
  }
});

test("commands change the simulator", async () => {
  perform(simulator, "fault proxy 404");
  expect(await status()).toBe(404);
  perform(simulator, "fault cut after");
  expect(await status()).toBe("cut");
  perform(simulator, "fault none");
  expect(await status()).toBe(200);
  perform(simulator, "rate 1");
  expect([await status(), await status()]).toEqual([200, 429]);
  perform(simulator, "edition old-enterprise");
  perform(simulator, "ttl 300");
  perform(simulator, "clock -3600");
  expect(simulator).toMatchObject({
    edition: "old-enterprise",
    world: { clockOffsetMs: -3_600_000, ttlPolicy: { teams: 300_000, organizations: 300_000 } },
  });
  expect(perform(simulator, "tokens")).toMatch(
    /^at-\w{16} {2}users\/user-12345abcde {2}\S+ {2}operator$/,
  );
});
