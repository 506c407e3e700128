import { Connection } from "./connection.ts";
import { encodeRequests, type Load, type LoadResult } from "./load.ts";

/** The status of a write that others have come before: the server asks to try again. */
const CONFLICT = 409;

/**
 * Sends a load. A client that has to try again does, and the request takes until it succeeds.
 *
 * @throws Error if a response has another status than these, 200 or 204.
 */
export async function sendLoad({ request, clients, ms }: Load): Promise<LoadResult> {
  const requests = encodeRequests(request);
  let next = 0;
  const connections = await Promise.all(
    Array.from({ length: clients }, () => Connection.open(request.address)),
  );
  const latencies: number[] = [];
  const begin = performance.now();
  const send = async (connection: Connection) => {
    for (let start = begin; start - begin < ms; ) {
      const bytes = requests[next++ % requests.length] ?? Buffer.of();
      await succeed(connection, bytes);
      const end = performance.now();
      latencies.push(end - start);
      start = end;
    }
  };
  try {
    await Promise.all(connections.map(send));
    const seconds = (performance.now() - begin) / 1000;
    return { seconds, latencies: Float64Array.from(latencies) };
  } finally {
    for (const connection of connections) connection.close();
  }
}

async function succeed(connection: Connection, request: Buffer): Promise<void> {
  const { status, body } = await connection.exchange(request);
  if (status === CONFLICT) return await succeed(connection, request);
  if (status === 200 || status === 204) return;
  const [line] = request.toString().split("\r\n");
  throw new Error(`${line} failed with status ${status}: ${body}`);
}
