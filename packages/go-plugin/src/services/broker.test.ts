import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ConnInfo, GRPCBrokerDefinition } from "../gen/plugin/broker.ts";
import { createClient } from "../grpc/client.ts";
import { GrpcServer } from "../grpc/server.ts";
import { service } from "../grpc/service.ts";
import { EchoDefinition, echo, textOf } from "../testing-fixtures/echo-definition.ts";
import { serveOverTcp } from "../testing-fixtures/grpc-over-tcp.ts";
import { frame, openCall } from "../testing-fixtures/raw-call.ts";
import { createBroker, endpoint } from "./broker.ts";

/** A broker whose host serves echoes on the address, and the host's stream to it. */
async function brokered(listenOn: { path: string } | { host: string; port: number }) {
  const echoes = new GrpcServer(
    [
      service(EchoDefinition, {
        unary: async (request) => echo(`${textOf(request)}!`),
        async *serverStream() {},
        async *bidi() {},
      }),
    ],
    () => {},
  );
  const sockets = new Set<Socket>();
  const listener = createServer((socket) => {
    sockets.add(socket);
    echoes.accept(socket);
  }).listen(listenOn);
  await once(listener, "listening");
  const lost: string[] = [];
  const { broker, service: bound } = createBroker(
    async (socket) => socket,
    ({ message }) => lost.push(message),
  );
  const grpc = await serveOverTcp([bound]);
  const stream = openCall(grpc.session(), `/${GRPCBrokerDefinition.fullName}/StartStream`);
  stream.on("error", () => {});
  return {
    broker,
    /** Why the broker has given up the host. */
    lost,
    /** Breaks all connections. */
    drop() {
      for (const socket of sockets) socket.destroy();
    },
    /** The number of connections so far. */
    connections: () => sockets.size,
    /** Stops listening. */
    stopListening: () => listener.close(),
    port: () => (listener.address() as AddressInfo).port,
    announce(serviceId: number, network: string, address: string) {
      const info = { serviceId, network, address, knock: undefined };
      stream.write(frame(ConnInfo.encode(info).finish()));
    },
    async [Symbol.asyncDispose]() {
      await echoes.close(0);
      listener.close();
      await grpc[Symbol.asyncDispose]();
    },
  };
}

const HAS_IPV6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === "::1"),
);
const LOOPBACK = { host: "127.0.0.1", port: 0 };

afterEach(() => {
  vi.useRealTimers();
});

describe("dial", () => {
  it("reaches a service whose address arrives before, on a unix socket", async () => {
    const folder = mkdtempSync(join(tmpdir(), "broker-"));
    const path = join(folder, "s");
    await using host = await brokered({ path });
    host.announce(7, "unix", path);
    const client = createClient(EchoDefinition, await host.broker.dial(7));
    expect(textOf(await client.unary(echo("hi")))).toBe("hi!");
    rmSync(folder, { recursive: true });
  });

  it("reaches a service whose address arrives after, on a port", async () => {
    await using host = await brokered(LOOPBACK);
    const dialled = host.broker.dial(7);
    host.announce(7, "tcp", `127.0.0.1:${host.port()}`);
    const client = createClient(EchoDefinition, await dialled);
    expect(textOf(await client.unary(echo("hi")))).toBe("hi!");
  });

  it("reaches a service on a port of IPv6", async ({ skip }) => {
    skip(!HAS_IPV6, "this machine has no IPv6");
    await using host = await brokered({ host: "::1", port: 0 });
    host.announce(7, "tcp", `[::1]:${host.port()}`);
    const client = createClient(EchoDefinition, await host.broker.dial(7));
    expect(textOf(await client.unary(echo("hi")))).toBe("hi!");
  });

  it.each([
    {
      name: "nothing listens there",
      network: "unix",
      address: join(tmpdir(), "nobody-listens-here"),
    },
    { name: "the address is of no known kind", network: "udp", address: "127.0.0.1:53" },
  ])("fails when $name", async ({ network, address }) => {
    await using host = await brokered(LOOPBACK);
    host.announce(7, network, address);
    await expect(host.broker.dial(7)).rejects.toMatchObject({ name: "GrpcError", code: 14 });
  });

  it("gives up after 5 seconds without an address", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { broker } = createBroker(
      async (socket) => socket,
      () => {},
    );
    let failed = false;
    const dialled = expect(
      broker.dial(7).finally(() => {
        failed = true;
      }),
    ).rejects.toMatchObject({ name: "GrpcError", code: 4 });
    await vi.advanceTimersByTimeAsync(4999);
    expect(failed).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await dialled;
  });

  it("fails when the socket can't be secured", async () => {
    await using host = await brokered(LOOPBACK);
    const { broker, service: bound } = createBroker(
      () => Promise.reject(new Error("not the peer")),
      () => {},
    );
    await using grpc = await serveOverTcp([bound]);
    const stream = openCall(grpc.session(), "/plugin.GRPCBroker/StartStream");
    stream.on("error", () => {});
    const info = {
      serviceId: 1,
      network: "tcp",
      address: `127.0.0.1:${host.port()}`,
      knock: undefined,
    };
    stream.write(frame(ConnInfo.encode(info).finish()));
    await expect(broker.dial(1)).rejects.toThrow("not the peer");
  });
});

describe("a channel whose connection is lost", () => {
  /** A channel that has been used, to a host whose connections then break. */
  async function broken(host: Awaited<ReturnType<typeof brokered>>) {
    host.announce(7, "tcp", `127.0.0.1:${host.port()}`);
    const channel = await host.broker.dial(7);
    const client = createClient(EchoDefinition, channel);
    expect(textOf(await client.unary(echo("hi")))).toBe("hi!");
    host.drop();
    await vi.waitFor(() => expect(channel.closed).toBe(true));
    return { channel, client };
  }

  it("reconnects once for all waiting calls", async () => {
    await using host = await brokered(LOOPBACK);
    const { client } = await broken(host);
    const answers = await Promise.all(["a", "b", "c"].map((text) => client.unary(echo(text))));
    expect(answers.map(textOf)).toEqual(["a!", "b!", "c!"]);
    expect(host.connections()).toBe(2);
    expect(host.lost).toEqual([]);
  });

  it("gives up the host when nothing listens any more", async () => {
    await using host = await brokered(LOOPBACK);
    const { client } = await broken(host);
    host.stopListening();
    await expect(client.unary(echo("hi"))).rejects.toMatchObject({ code: 14 });
    expect(host.lost).toEqual([
      expect.stringMatching(/^the host's brokered service can't be reached: connect ECONNREFUSED/),
    ]);
  });

  it("stays closed when it was closed here, and doesn't give up the host", async () => {
    await using host = await brokered(LOOPBACK);
    const { client, channel } = await broken(host);
    channel.close();
    host.stopListening();
    await expect(client.unary(echo("hi"))).rejects.toMatchObject({ code: 14 });
    expect(host.lost).toEqual([]);
  });
});

describe("an address", () => {
  it.each([
    { network: "unix", address: "/tmp/plugin1", where: { path: "/tmp/plugin1" } },
    { network: "tcp", address: "127.0.0.1:1234", where: { host: "127.0.0.1", port: 1234 } },
    { network: "tcp", address: "[::1]:1234", where: { host: "::1", port: 1234 } },
    { network: "tcp", address: "localhost:1234", where: { host: "localhost", port: 1234 } },
  ])("is $network $address", ({ network, address, where }) => {
    expect(endpoint(network, address)).toEqual(where);
  });

  it.each([
    { network: "tcp", address: "127.0.0.1" },
    { network: "tcp", address: "::1:1234" },
    { network: "tcp", address: ":1234" },
    { network: "tcp", address: "127.0.0.1:http" },
    { network: "", address: "127.0.0.1:1234" },
  ])("is not $network $address", ({ network, address }) => {
    expect(() => endpoint(network, address)).toThrow(expect.objectContaining({ code: 14 }));
  });
});
