import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { startSimulator } from "./simulator.ts";

test("a client that goes amid its request does no harm", async () => {
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
