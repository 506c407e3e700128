import { expect, test } from "vitest";
import { probe } from "./probe.ts";
import { startSimulator } from "./simulator/index.ts";

const OPTIONS = { basePath: "/api/v2/", env: {}, timeoutMs: 5000 };

test("an API answers its ping without a token, with a slash after the base path or not", async () => {
  await using simulator = await startSimulator({ basePath: "/tfe/v2/" });
  for (const basePath of ["/tfe/v2", "/tfe/v2/"]) {
    const outcome = await probe({ ...OPTIONS, address: simulator.address, basePath });
    expect(outcome).toMatchObject({
      answered: true,
      status: 401,
      isApi: true,
      rateLimit: 30,
      proxy: undefined,
    });
    // The header has whole seconds.
    expect(outcome.answered && Math.abs(outcome.skewMs ?? 9999)).toBeLessThan(2000);
  }
  expect(simulator.requests.map(({ path }) => path)).toEqual(["/tfe/v2/ping", "/tfe/v2/ping"]);
});

test("a missing response is an outcome, not an error", async () => {
  await using simulator = await startSimulator();
  const { address } = simulator;
  simulator.fault = () => "hang";
  expect(await probe({ ...OPTIONS, address, timeoutMs: 100 })).toEqual({
    answered: false,
    code: "timeout",
    why: "no response within 0.1s",
  });
  expect(await probe({ ...OPTIONS, address, caCert: "none" })).toMatchObject({
    code: "invalid_ca_cert",
  });
  expect(await probe({ ...OPTIONS, address: "tfe.example.com" })).toMatchObject({
    code: "invalid_address",
  });
  expect(await probe({ ...OPTIONS, address: "http://127.0.0.1:1" })).toEqual({
    answered: false,
    code: "unreachable",
    why: "connect ECONNREFUSED 127.0.0.1:1",
  });
});
