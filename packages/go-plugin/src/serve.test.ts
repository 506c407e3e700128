import { existsSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { HealthDefinition } from "./gen/grpc_health/health.ts";
import { ConnInfo } from "./gen/plugin/broker.ts";
import { GRPCControllerDefinition } from "./gen/plugin/controller.ts";
import { StdioData } from "./gen/plugin/stdio.ts";
import { PluginMultiplexingDefinition } from "./gen/pluginutil/multiplexing.ts";
import { createClient } from "./grpc/client.ts";
import { encodeFrame } from "./grpc/frame.ts";
import { GrpcServer } from "./grpc/server.ts";
import { type ServiceDefinition, service } from "./grpc/service.ts";
import { GrpcCode } from "./grpc/status.ts";
import { EchoDefinition } from "./testing/echo-service.ts";
import {
  hostEnvironment,
  hostIdentity,
  openChannel,
  openStream,
  startPlugin,
  type TestPlugin,
} from "./testing/test-host.ts";
import { pinnedTls } from "./tls/pinning.ts";

const started: TestPlugin[] = [];
const start = async (env?: NodeJS.ProcessEnv): Promise<TestPlugin> => {
  const plugin = await startPlugin(env);
  started.push(plugin);
  return plugin;
};
afterEach(async () => {
  for (const plugin of started.splice(0)) {
    plugin.process.kill("SIGKILL");
    await plugin.exited;
    if (plugin.socketPath !== "") await rm(dirname(plugin.socketPath), { recursive: true, force: true });
  }
});

describe("the handshake", () => {
  test("gives the line that a host reads, and a socket that only its user may use", async () => {
    const plugin = await start();
    expect(plugin.line).toMatch(/^1\|5\|unix\|\/[^|]+\|grpc\|[A-Za-z\d+/]+\n$/);
    expect(statSync(plugin.socketPath).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(plugin.socketPath)).mode & 0o777).toBe(0o700);
  });

  test.for<[name: string, env: NodeJS.ProcessEnv, says: string]>([
    [
      "without the cookie",
      hostEnvironment({ ECHO_PLUGIN: "" }),
      "This program is a plugin and is not run by hand",
    ],
    ["without a common version", hostEnvironment({ PLUGIN_PROTOCOL_VERSIONS: "4" }), "no version in common"],
  ])("%s ends with a word and exit code 1", async ([, env, says]) => {
    const plugin = await start(env);
    expect(await plugin.exited).toEqual({ code: 1, signal: null });
    expect(plugin.stderr()).toContain(says);
    expect(plugin.line).toBe("");
  });

  test("puts the socket where the host wants it, for the group that it wants", async () => {
    const folder = await mkdtemp(join(tmpdir(), "sockets-"));
    const group = String(process.getgid?.() ?? 0);
    const env = hostEnvironment({ PLUGIN_UNIX_SOCKET_DIR: folder, PLUGIN_UNIX_SOCKET_GROUP: group });
    const plugin = await start(env);
    expect(dirname(dirname(plugin.socketPath))).toBe(folder);
    expect(statSync(plugin.socketPath)).toMatchObject({ gid: Number(group) });
    expect(statSync(plugin.socketPath).mode & 0o777).toBe(0o660);
    await rm(folder, { recursive: true });
  });

  test("is plain text for a host without a certificate", async () => {
    const plugin = await start(hostEnvironment({ PLUGIN_CLIENT_CERT: "" }));
    expect(plugin.line).toMatch(/\|grpc\|\n$/);
    const echo = createClient(EchoDefinition, await openChannel(plugin));
    expect(await echo.say({ text: "hello" })).toEqual({ text: "hello", tag: "" });
  });
});

describe("calls", () => {
  test("are answered: one, a thousand at once, and one of 16 MB", async () => {
    const echo = createClient(EchoDefinition, await openChannel(await start()));
    expect(await echo.say({ text: "héllo" })).toEqual({ text: "héllo", tag: "" });
    const texts = Array.from({ length: 1000 }, (_, index) => String(index));
    const answers = await Promise.all(texts.map((text) => echo.say({ text })));
    expect(answers.map(({ text }) => text)).toEqual(texts);
    const large = "x".repeat(16 * 1024 * 1024);
    expect((await echo.say({ text: large })).text.length).toBe(large.length);
  });

  test("that fail tell why, and the plugin goes on", async () => {
    const plugin = await start();
    const echo = createClient(EchoDefinition, await openChannel(plugin));
    await expect(echo.fail({ how: "status" })).rejects.toMatchObject({
      code: GrpcCode.NOT_FOUND,
      message: "no such thing: 100 %",
    });
    for (const how of ["throw", "later", "uncaught"]) {
      await expect(echo.fail({ how })).rejects.toMatchObject({ code: GrpcCode.INTERNAL, message: "failed" });
    }
    await sleep(50);
    expect(await echo.say({ text: "still here" })).toMatchObject({ text: "still here" });
    expect(plugin.stderr()).toContain('"@message":"a rejection that nobody handled"');
    expect(plugin.stderr()).toContain('"@message":"an error that nobody caught"');
  });

  test("of what isn't there are unimplemented", async () => {
    const { say } = EchoDefinition.methods;
    const unknown = { fullName: "test.Unknown", methods: { say } } as const satisfies ServiceDefinition;
    const client = createClient(unknown, await openChannel(await start()));
    await expect(client.say({ text: "" })).rejects.toMatchObject({
      code: GrpcCode.UNIMPLEMENTED,
      message: "there is no method /test.Unknown/Say",
    });
  });

  test("that are cancelled, or late, tell the handler", async () => {
    const echo = createClient(EchoDefinition, await openChannel(await start()));
    const abort = new AbortController();
    const cancelled = echo.wait({}, { signal: abort.signal });
    setTimeout(() => abort.abort(), 50);
    await expect(cancelled).rejects.toMatchObject({ code: GrpcCode.CANCELLED });
    await expect(echo.wait({}, { timeoutMs: 50 })).rejects.toMatchObject({
      code: GrpcCode.DEADLINE_EXCEEDED,
    });
    await expect.poll(() => echo.cancelled({})).toEqual({ count: 2 });
  });

  test("on a connection that is lost fail, and later ones at once", async () => {
    const plugin = await start();
    const channel = await openChannel(plugin);
    const echo = createClient(EchoDefinition, channel);
    const waiting = echo.wait({});
    setTimeout(() => plugin.process.kill("SIGKILL"), 50);
    await expect(waiting).rejects.toMatchObject({ code: GrpcCode.UNAVAILABLE });
    await expect.poll(() => channel.closed).toBe(true);
    await expect(echo.say({ text: "" })).rejects.toMatchObject({ code: GrpcCode.UNAVAILABLE });
  });
});

test("the standard services are there", async () => {
  const channel = await openChannel(await start());
  expect(await createClient(HealthDefinition, channel).check({ service: "plugin" })).toEqual({ status: 1 });
  expect(await createClient(PluginMultiplexingDefinition, channel).multiplexingSupport({})).toEqual({
    supported: true,
  });
});

describe("the broker", () => {
  const announce = (serviceId: number, address: string, network = "unix") =>
    encodeFrame(ConnInfo.encode({ serviceId, network, address, knock: undefined }).finish());

  async function serveEcho(
    plugin: TestPlugin,
    host: string,
  ): Promise<{ address: string; close: () => void }> {
    const { say } = EchoDefinition.methods;
    const definition = { fullName: EchoDefinition.fullName, methods: { say } };
    const handlers = { say: async ({ text }: { text: string }) => ({ text, tag: "host" }) };
    const echo = new GrpcServer([service(definition, handlers)], () => {});
    const certificate = plugin.line.trim().split("|")[5] ?? "";
    const der = Buffer.from(certificate, "base64").toString("base64");
    const tls = pinnedTls(hostIdentity, `-----BEGIN CERTIFICATE-----\n${der}\n-----END CERTIFICATE-----\n`);
    const server = tls.createServer(
      (socket) => echo.accept(socket),
      () => {},
    );
    const path = join(dirname(plugin.socketPath), "host.sock");
    await new Promise<void>((resolve) =>
      host === "unix" ? server.listen(path, resolve) : server.listen(0, host, resolve),
    );
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    return { address: host === "unix" ? path : `${host}:${port}`, close: () => server.close() };
  }

  test.for(["unix", "127.0.0.1"])("dials back to the host (%s), told before or after", async (host) => {
    const plugin = await start();
    const { address, close } = await serveEcho(plugin, host);
    const stream = await openStream(plugin, "/plugin.GRPCBroker/StartStream");
    const echo = createClient(EchoDefinition, await openChannel(plugin));
    const network = host === "unix" ? "unix" : "tcp";
    stream.send(announce(1, address, network));
    expect(await echo.callBack({ brokerId: 1, text: "before" })).toEqual({ text: "before", tag: "host" });
    const after = echo.callBack({ brokerId: 2, text: "after" });
    await sleep(50);
    stream.send(announce(2, address, network));
    expect(await after).toEqual({ text: "after", tag: "host" });
    stream.end();
    close();
  });

  test("tells of an address where nobody, or no host, is", async () => {
    const plugin = await start();
    const stream = await openStream(plugin, "/plugin.GRPCBroker/StartStream");
    const echo = createClient(EchoDefinition, await openChannel(plugin));
    const mute = createServer((socket) => socket.end("no TLS"));
    const path = join(dirname(plugin.socketPath), "mute.sock");
    await new Promise<void>((resolve) => mute.listen(path, resolve));
    for (const [id, network, address] of [
      [1, "unix", "/no/such.sock"],
      [2, "unix", path],
      [3, "udp", "127.0.0.1:1"],
    ] as const) {
      stream.send(announce(id, address, network));
      await expect(echo.callBack({ brokerId: id, text: "" })).rejects.toMatchObject({
        code: GrpcCode.UNAVAILABLE,
      });
    }
    mute.close();
    stream.end();
  });
});

test("what the plugin prints goes to the host's stream, and not to the handshake's", async () => {
  const plugin = await start();
  const stream = await openStream(plugin, "/plugin.GRPCStdio/StreamStdio");
  stream.send(encodeFrame(Buffer.of()));
  let stdout = "";
  plugin.process.stdout?.on("data", (text) => {
    stdout += text;
  });
  await createClient(EchoDefinition, await openChannel(plugin)).print({ text: "hello" });
  const message = StdioData.decode(await stream.next());
  expect(message.channel).toBe(1);
  expect(Buffer.from(message.data).toString()).toBe("hello\n");
  expect(stdout).toBe("");
  stream.end();
});

describe("the end", () => {
  const expectCleanEnd = async (plugin: TestPlugin) => {
    expect(await plugin.exited).toEqual({ code: 0, signal: null });
    expect(existsSync(dirname(plugin.socketPath))).toBe(false);
  };

  test("comes when the host asks for it, with an answer", async () => {
    const plugin = await start();
    const stream = await openStream(plugin, "/plugin.GRPCStdio/StreamStdio");
    stream.send(encodeFrame(Buffer.of()));
    expect(await createClient(GRPCControllerDefinition, await openChannel(plugin)).shutdown({})).toEqual({});
    await expectCleanEnd(plugin);
    stream.end();
  });

  test("comes with SIGTERM, and not with SIGINT", async () => {
    const plugin = await start();
    const echo = createClient(EchoDefinition, await openChannel(plugin));
    plugin.process.kill("SIGINT");
    expect(await echo.say({ text: "still here" })).toMatchObject({ text: "still here" });
    plugin.process.kill("SIGTERM");
    await expectCleanEnd(plugin);
  });

  test("comes when the host has gone", async () => {
    const plugin = await start();
    const channel = await openChannel(plugin);
    await createClient(EchoDefinition, channel).say({ text: "" });
    channel.close();
    await expectCleanEnd(plugin);
  });
});
