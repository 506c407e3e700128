import { once } from "node:events";
import { createServer } from "node:net";
import { OpenBaoError } from "./openbao-error.ts";

/** The only interface that a server listens on. */
export const HOST = "127.0.0.1";

/** How often a free port may be taken by somebody else before it is used. */
const ATTEMPTS = 3;

/**
 * Uses a port: the given one, or a free one; another one if somebody else was faster.
 *
 * @throws OpenBaoError `port_in_use`, and whatever `use` throws.
 */
export async function onPort<T>(port: number | undefined, use: (port: number) => Promise<T>): Promise<T> {
  if (port !== undefined) {
    await requireFreePort(port);
    return await use(port);
  }
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await use(await freePort());
    } catch (error) {
      const taken = error instanceof OpenBaoError && error.code === "port_in_use";
      if (!taken || attempt === ATTEMPTS) throw error;
    }
  }
}

/** A port that nobody listened on a moment ago. */
export async function freePort(): Promise<number> {
  return await probe(0);
}

/** @throws OpenBaoError `port_in_use` if somebody listens on the port, or nobody may. */
export async function requireFreePort(port: number): Promise<void> {
  try {
    await probe(port);
  } catch (cause) {
    throw new OpenBaoError(
      "port_in_use",
      `Port ${port} of ${HOST} can't be used, something else listens there: choose another.`,
      { cause },
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
