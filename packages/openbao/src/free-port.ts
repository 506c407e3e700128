import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { OpenBaoError } from "./openbao-error.ts";

/** The only interface that a server listens on. */
export const HOST = "127.0.0.1";

/** How often another process may take a free port before it is used. */
const ATTEMPTS = 3;

/**
 * Uses a port: the given one, or a free one; another one if another process has taken it.
 *
 * @throws OpenBaoError `port_in_use`, and whatever `use` throws.
 */
export async function onPort<T>(
  port: number | undefined,
  use: (port: number) => Promise<T>,
): Promise<T> {
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

/**
 * Ports that a system doesn't assign by itself: those of outgoing connections, and of listeners on
 * any port, are above. A server takes a while to start, and a port from there may be taken
 * meanwhile.
 */
const [FIRST, LAST] = [10_000, 32_000];

/** Returns a free port whose successor is free too: a server uses that one for its cluster. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST / 2, LAST / 2) * 2;
    if ((await isFree(port)) && (await isFree(port + 1))) return port;
  }
}

const isFree = (port: number) =>
  probe(port).then(
    () => true,
    () => false,
  );

/** @throws OpenBaoError `port_in_use` if the port is in use, or may not be used. */
export async function requireFreePort(port: number): Promise<void> {
  try {
    await probe(port);
  } catch (cause) {
    throw new OpenBaoError(
      "port_in_use",
      `port ${port} of ${HOST} is in use, or not permitted; choose another`,
      {
        cause,
      },
    );
  }
}

async function probe(port: number): Promise<void> {
  const server = createServer().listen(port, HOST);
  await once(server, "listening");
  server.close();
  await once(server, "close");
}
