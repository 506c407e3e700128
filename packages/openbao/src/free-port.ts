import { once } from "node:events";
import { createServer } from "node:net";
import { OpenBaoError } from "./openbao-error.ts";

const HOST = "127.0.0.1";

/** A port of the loopback interface that nobody listened on a moment ago. */
export async function freePort(): Promise<number> {
  return await probe(0);
}

/** @throws OpenBaoError `port_in_use` if somebody listens on the port, or nobody may. */
export async function requireFreePort(port: number): Promise<void> {
  try {
    await probe(port);
  } catch (error) {
    throw new OpenBaoError(
      "port_in_use",
      `Port ${port} of ${HOST} can't be used, something else listens there: choose another.`,
      {
        cause: error,
      },
    );
  }
}

async function probe(port: number): Promise<number> {
  const server = createServer().listen(port, HOST);
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address ? address.port : port;
}
