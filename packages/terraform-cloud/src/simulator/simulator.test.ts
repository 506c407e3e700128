import { once } from "node:events";
import { connect } from "node:net";
import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { startSimulator } from "./simulator.ts";

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
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => unhandled.push(reason);
  process.on("unhandledRejection", note);
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
  process.off("unhandledRejection", note);
  expect(unhandled).toEqual([]);
});
