/**
 * A worker with an HTTP server that accepts no connection until a message tells it to: once its
 * backlog is full, the kernel drops further ones, as an unreachable address does.
 */
import { createServer } from "node:http";
import { parentPort, workerData } from "node:worker_threads";

const { host, port, gate } = workerData;
const server = createServer((_, response) => response.end("late"));
server.listen({ host, port, backlog: 1 }, () => {
  parentPort.postMessage("listening");
  // The message is sent when the loop comes round.
  setTimeout(() => Atomics.wait(gate, 0, 0), 50);
});
