import { once } from "node:events";
import { connect } from "node:net";
import { setImmediate } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { type SimulatorEvent, startSimulator } from "./simulator.ts";

/** @returns those until the end of the test. */
function unhandledRejections(): readonly unknown[] {
  const reasons: unknown[] = [];
  const note = (reason: unknown) => reasons.push(reason);
  process.on("unhandledRejection", note);
  onTestFinished(() => void process.off("unhandledRejection", note));
  return reasons;
}

test("a client that disconnects during its request does no harm", async () => {
  await using simulator = await startSimulator();
  const { address, credentials, requests } = simulator;
  const { hostname, port } = new URL(address);
  const received = new Promise<void>((resolve) => {
    simulator.onRequest = () => resolve();
  });
  const socket = connect(Number(port), hostname);
  socket.write("POST /api/v2/ping HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{");
  await received;
  socket.destroy();
  await once(socket, "close");

  const headers = { authorization: `Bearer ${credentials.token}` };
  expect((await fetch(`${address}/api/v2/ping`, { headers })).status).toBe(204);
  expect(requests.map(({ method }) => method)).toEqual(["GET"]);
});

test("a client that disconnects while its request is delayed does no harm", async () => {
  await using simulator = await startSimulator();
  const { hostname, port } = new URL(simulator.address);
  const unhandled = unhandledRejections();
  let isHeld = false;
  let release = () => {};
  simulator.onRequest = () =>
    new Promise<void>((resolve) => {
      isHeld = true;
      release = resolve;
    });
  const socket = connect(Number(port), hostname);
  socket.write("POST /api/v2/ping HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}");
  await expect.poll(() => isHeld).toBe(true);
  socket.destroy();
  await once(socket, "close");
  // The simulator notices it before it answers the next client.
  simulator.onRequest = undefined;
  await fetch(simulator.address);

  release();
  await setImmediate();
  await setImmediate();
  expect(unhandled).toEqual([]);
});

test.for<[moment: SimulatorEvent["moment"], outcome: string]>([
  ["received", "no response"],
  ["acted", "no response"],
  ["answered", "204"],
])("a hook that throws when a request is %s cuts its connection", async ([moment, outcome]) => {
  await using simulator = await startSimulator();
  const unhandled = unhandledRejections();
  simulator.onRequest = (event) => {
    if (event.moment === moment) throw new Error("cut");
  };
  const headers = { authorization: `Bearer ${simulator.credentials.token}` };
  const answer = fetch(`${simulator.address}/api/v2/ping`, { headers });
  expect(
    await answer.then(
      ({ status }) => `${status}`,
      () => "no response",
    ),
  ).toBe(outcome);
  await setImmediate();
  expect(unhandled).toEqual([]);
});
