import { randomInt } from "node:crypto";
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

/**
 * Ports that a system gives nobody by itself: those of outgoing connections, and of who asks for any port, are above. A
 * server takes a while to start, and one from there may be lost meanwhile.
 */
const [FIRST, LAST] = [10_000, 32_000];

/** A port that nobody listened on a moment ago, nor on the next one, where a server listens to its cluster. */
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

async function probe(port: number): Promise<void> {
  const server = createServer().listen(port, HOST);
  await once(server, "listening");
  server.close();
  await once(server, "close");
}
