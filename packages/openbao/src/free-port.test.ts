import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort, onPort } from "./free-port.ts";
import { OpenBaoError } from "./openbao-error.ts";

const taken = () => new OpenBaoError("port_in_use", "somebody was faster");

describe("a port in use", () => {
  let server: Server;
  let port: number;
  beforeAll(async () => {
    port = await freePort();
    server = createServer().listen(port, "127.0.0.1");
    await once(server, "listening");
  });
  afterAll(() => void server.close());

  test("is refused before it is used", async () => {
    let used = false;
    const result = onPort(port, async () => {
      used = true;
    });
    await expect(result).rejects.toMatchObject({
      code: "port_in_use",
      message: `port ${port} of 127.0.0.1 is in use, or not permitted; choose another`,
    });
    expect(used).toBe(false);
  });
});

test("a free port, and the next one, are outside of the system's ephemeral range", async () => {
  const ports = await Promise.all(Array.from({ length: 20 }, freePort));
  expect(ports.every((port) => port >= 10_000 && port < 32_000 && port % 2 === 0)).toBe(true);
  expect(new Set(ports).size).toBeGreaterThan(15);
});

test("a given port that is free is used, once", async () => {
  const port = await freePort();
  const ports: number[] = [];
  const result = onPort(port, async (given) => {
    ports.push(given);
    throw taken();
  });
  await expect(result).rejects.toMatchObject({ code: "port_in_use" });
  expect(ports).toEqual([port]);
});

test("a free port that another process takes is replaced", async () => {
  let attempts = 0;
  const port = await onPort(undefined, async (given) => {
    attempts += 1;
    if (attempts < 3) throw taken();
    return given;
  });
  expect(attempts).toBe(3);
  expect(port).toBeGreaterThan(1023);
});

test("fails after three lost ports", async () => {
  let attempts = 0;
  const result = onPort(undefined, async () => {
    attempts += 1;
    throw taken();
  });
  await expect(result).rejects.toMatchObject({ code: "port_in_use" });
  expect(attempts).toBe(3);
});

test("another failure is not retried", async () => {
  let attempts = 0;
  const result = onPort(undefined, async () => {
    attempts += 1;
    throw new OpenBaoError("refused", "no");
  });
  await expect(result).rejects.toMatchObject({ code: "refused" });
  expect(attempts).toBe(1);
});
