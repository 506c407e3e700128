import { once } from "node:events";
import { existsSync, statSync } from "node:fs";
import { connect as connectHttp2 } from "node:http2";
import { setTimeout as sleep } from "node:timers/promises";
import { connect as tlsConnect } from "node:tls";
import { describe, expect, it, vi } from "vitest";
import { GRPCControllerDefinition } from "./gen/plugin/controller.ts";
import { Channel } from "./grpc/channel.ts";
import { type Client, createClient } from "./grpc/client.ts";
import { service } from "./grpc/service.ts";
import { announcer, serveBrokered } from "./testing-fixtures/brokered-server.ts";
import { EchoDefinition, echo, textOf } from "./testing-fixtures/echo-definition.ts";
import { certificateOfLine, connectToPlugin } from "./testing-fixtures/plugin-connection.ts";
import { frame, openCall, readAnswer } from "./testing-fixtures/raw-call.ts";
import type { StartedPlugin } from "./testing-fixtures/start-plugin.ts";
import { usePlugins } from "./testing-fixtures/use-plugins.ts";
import { createIdentity } from "./tls/certificate.ts";

const host = createIdentity();
const start = usePlugins();

/** A plugin with mutual TLS, its certificate, and a channel to it. */
async function connect(plugin: StartedPlugin = start({ PLUGIN_CLIENT_CERT: host.certificate })) {
  const [, , , path = "", , base64 = ""] = await plugin.line;
  const tls = { host, plugin: certificateOfLine(base64) };
  const first = await connectToPlugin(path, tls);
  const channel = new Channel(first);
  return { plugin, path, tls, channel, client: createClient(EchoDefinition, channel) };
}

const say = async (client: Client<typeof EchoDefinition>, text: string) =>
  textOf(await client.unary(echo(text)));

describe("the handshake", () => {
  it("is one line, and mutual TLS", async () => {
    const { plugin, path, client } = await connect();
    const [core, version, network, , protocol, certificate = "", ...more] = await plugin.line;
    expect([core, version, network, protocol, more]).toEqual(["1", "5", "unix", "grpc", []]);
    expect(certificate).toMatch(/^[A-Za-z\d+/]{300,}$/);
    expect((statSync(path).mode & 0o777).toString(8)).toBe("600");
    expect(await say(client, "hi")).toBe("hi!");
  });

  it("is on a socket that a group can use, if the host requests it", async () => {
    const gid = process.getgid?.() ?? 0;
    const [, , , path = ""] = await start({ PLUGIN_UNIX_SOCKET_GROUP: String(gid) }).line;
    const { mode, gid: owner } = statSync(path);
    expect({ mode: (mode & 0o777).toString(8), owner }).toEqual({ mode: "660", owner: gid });
  });

  it("opens no debugger on any signal", async () => {
    const { plugin, client } = await connect();
    plugin.process.kill("SIGUSR1");
    plugin.process.kill("SIGINT");
    // A debugger would have started, and logged it, in much less time.
    await sleep(500);
    expect(await say(client, "hi")).toBe("hi!");
    expect(plugin.stderr()).toBe("");
  });

  it("is without TLS for a host without a certificate", async () => {
    const plugin = start({ PLUGIN_CLIENT_CERT: "" });
    const [, , , path = "", , certificate] = await plugin.line;
    expect(certificate).toBe("");
    const socket = await connectToPlugin(path);
    expect(await say(createClient(EchoDefinition, new Channel(socket)), "hi")).toBe("hi!");
  });

  it.each([
    { name: "by hand", env: { TEST_PLUGIN: undefined }, stderr: /^This program is a plugin/ },
    {
      name: "by a host of other versions",
      env: { PLUGIN_PROTOCOL_VERSIONS: "6" },
      stderr: /"starting the plugin failed: the server supports plugin protocol versions 6/,
    },
    {
      name: "with a certificate that is none",
      env: { PLUGIN_CLIENT_CERT: "x" },
      stderr: /"starting the plugin failed: PLUGIN_CLIENT_CERT is not a PEM-encoded certificate/,
    },
    {
      name: "without a place for its socket",
      env: { PLUGIN_UNIX_SOCKET_DIR: "/nowhere" },
      stderr: /"starting the plugin failed: creating a socket in \\"\/nowhere\\" failed: listen E/,
    },
    {
      name: "during an uncaught error",
      env: { SHARED_KEY: "stray" },
      stderr: /"starting the plugin failed: thrown too early"/,
    },
    {
      name: "with a group that is none",
      env: { PLUGIN_UNIX_SOCKET_GROUP: "no-such-group" },
      stderr: /"starting the plugin failed: PLUGIN_UNIX_SOCKET_GROUP is \\"no-such-group/,
    },
  ])("fails when started $name, with exit code 1 and a message", async ({ name, env, stderr }) => {
    const plugin = start(env);
    expect(await plugin.ended).toBe(1);
    expect(plugin.stderr()).toMatch(stderr);
    expect(plugin.stdout()).toMatch(
      name === "by hand" ? /^$/ : /^starting the plugin failed: .*\n$/,
    );
    expect(plugin.stderr().match(/"@level":"error"/g)?.length ?? 0).toBe(
      name === "by hand" ? 0 : 1,
    );
  });

  it("is followed by the exit if the services can't be created", async () => {
    const plugin = start({ FAIL_TO_START: "1" });
    expect(await plugin.ended).toBe(1);
    expect(plugin.stderr()).toMatch(/"starting the plugin failed: no services today/);
    expect(plugin.stdout()).not.toContain("no services today");
    expect(existsSync((await plugin.line)[3] ?? "")).toBe(false);
  });
});

describe("the certificate that a host shares", () => {
  const shared = { SHARED_KEY: host.key, SHARED_CERTIFICATE: host.certificate };

  it.each([
    { versions: "3,4", version: "4" },
    { versions: "3", version: "3" },
  ])("is the only TLS with $versions", async ({ versions, version }) => {
    const [, negotiated, , path = "", , certificate] = await start({
      ...shared,
      PLUGIN_PROTOCOL_VERSIONS: versions,
    }).line;
    expect({ negotiated, certificate }).toEqual({ negotiated: version, certificate: "" });
    const socket = await connectToPlugin(path, { host, plugin: host.certificate });
    expect(await say(createClient(EchoDefinition, new Channel(socket)), "hi")).toBe("hi!");
  });

  it("makes the plugin exit if it can't be obtained", async () => {
    const plugin = start({ SHARED_KEY: "none" });
    expect(await plugin.ended).toBe(1);
    expect(plugin.stderr()).toMatch(/"starting the plugin failed: no certificate today"/);
    expect(plugin.stdout()).toBe("starting the plugin failed: no certificate today\n");
  });
});

describe("a call", () => {
  it.each([
    { name: "the client cancels", timeoutMs: 600_000, code: 1, reason: /^1$/ },
    { name: "the deadline passes", timeoutMs: 2000, code: 4, reason: /^[14]$/ },
  ])("is aborted when $name, and the plugin continues", async ({ timeoutMs, code, reason }) => {
    const { plugin, client } = await connect();
    const cancel = new AbortController();
    const options = { timeoutMs, signal: cancel.signal };
    const failed = expect(client.unary(echo("wait"), options)).rejects.toMatchObject({ code });
    await expect.poll(() => plugin.stderr()).toContain("waiting");
    if (code === 1) cancel.abort();
    await failed;
    await expect.poll(() => plugin.stderr()).toContain("aborted");
    const [, aborted = ""] = plugin.stderr().trim().split("\n");
    expect(String(JSON.parse(aborted).code)).toMatch(reason);
    expect(await say(client, "hi")).toBe("hi!");
  });
});

describe("a plugin", () => {
  it("rejects other clients, and logs it", async () => {
    const { plugin, path, client } = await connect();
    const stranger = createIdentity();
    const socket = tlsConnect({
      path,
      rejectUnauthorized: false,
      cert: stranger.certificate,
      key: stranger.key,
    });
    socket.on("error", () => {});
    await once(socket, "close");
    await expect.poll(() => plugin.stderr()).toContain("rejected a connection");
    expect(await say(client, "hi")).toBe("hi!");
  });

  it("calls back over mutual TLS, with large messages both ways", async () => {
    const { path, tls, client } = await connect();
    const echoes = service(EchoDefinition, {
      unary: async (request) => request,
      async *serverStream() {},
      async *bidi() {},
    });
    await using brokered = await serveBrokered([echoes], { host: "127.0.0.1", port: 0 }, tls);
    const control = await connectToPlugin(path, tls);
    const session = connectHttp2("https://localhost", { createConnection: () => control });
    const called = client.unary({ channel: 0, data: Buffer.from(`forward ${"x".repeat(16e6)}`) });
    announcer(session).announce(7, brokered);
    const { data } = await called;
    expect(Buffer.from(data).equals(Buffer.alloc(16e6, "x"))).toBe(true);
    session.destroy();
  });

  it("calls back over another connection when the first breaks, and exits when nothing listens any more", async () => {
    const { plugin, path, tls, client } = await connect();
    const echoes = service(EchoDefinition, {
      unary: async (request) => request,
      async *serverStream() {},
      async *bidi() {},
    });
    await using brokered = await serveBrokered([echoes], { host: "127.0.0.1", port: 0 }, tls);
    const control = await connectToPlugin(path, tls);
    const session = connectHttp2("https://localhost", { createConnection: () => control });
    session.on("error", () => {});
    announcer(session).announce(7, brokered);
    expect(await say(client, "forward one")).toBe("one");
    brokered.drop();
    await vi.waitFor(async () => expect(await say(client, "forward two")).toBe("two"));

    await brokered[Symbol.asyncDispose]();
    await expect(say(client, "forward three")).rejects.toMatchObject({ code: 14 });
    expect(await plugin.ended).toBe(1);
    expect(plugin.stderr()).toMatch(
      /"calling the server back failed: .*ECONNREFUSED.*; the plugin exits, and the server starts another"/,
    );
    expect(existsSync(path)).toBe(false);
  });

  it("logs as hclog does, and prints through the host's stream and nowhere else", async () => {
    const { plugin, path, tls, client } = await connect();
    await say(client, "log");
    await expect.poll(() => plugin.stderr()).toContain("\n");
    const { "@timestamp": timestamp, ...line } = JSON.parse(plugin.stderr().trim());
    expect(line).toEqual({
      "@level": "info",
      "@message": "a message",
      "@module": "part",
      role: "ci",
    });
    expect(timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);

    await say(client, "print");
    const control = await connectToPlugin(path, tls);
    const session = connectHttp2("https://localhost", { createConnection: () => control });
    const stream = openCall(session, "/plugin.GRPCStdio/StreamStdio");
    stream.end(frame(Buffer.alloc(0)));
    const [chunk] = (await once(stream, "data")) as [Buffer];
    expect(chunk.toString("latin1")).toContain("printed\n");
    expect(plugin.stdout().split("\n")).toHaveLength(2);
    session.destroy();
  });

  it.each(["log much", "log much after console.error"])(
    "loses no line of %s while the host reads late",
    async (command) => {
      const { plugin, client } = await connect();
      const { stderr } = plugin.process;
      stderr.pause();
      const answer = say(client, command);
      await expect.poll(() => stderr.readableLength).toBeGreaterThan(0);
      // The pipe is full by then.
      await sleep(300);
      stderr.resume();
      expect(await answer).toBe("");
      await expect.poll(() => plugin.stderr()).toContain('"@message":"299"');
      const lines = plugin.stderr().match(/^{.*}$/gm) ?? [];
      expect(lines.map((line) => JSON.parse(line)["@message"])).toEqual(
        Array.from({ length: 300 }, (_, line) => `${line}`),
      );
    },
  );

  it("answers calls although the host never reads its log", async () => {
    const { plugin, client } = await connect();
    plugin.process.stderr.pause();
    expect(await say(client, "log much after console.error")).toBe("");
    expect(await say(client, "log much after console.error")).toBe("");
    plugin.process.stderr.resume();
  });

  it("continues after uncaught errors, and logs them", async () => {
    const { plugin, client } = await connect();
    await say(client, "throw");
    await say(client, "reject");
    expect(await say(client, "hi")).toBe("hi!");
    await expect.poll(() => plugin.stderr().match(/\n/g)).toHaveLength(2);
    const lines = plugin
      .stderr()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines).toMatchObject([
      {
        "@level": "error",
        name: "Error",
        error: "thrown by nobody's call",
        stack: expect.stringContaining("plugin.ts"),
      },
      { "@level": "error", name: "Error", error: "rejected in nobody's call" },
    ]);
  });
});

describe("the end", () => {
  /** How a plugin ended, and whether it removed its socket. */
  async function expectEnd(plugin: StartedPlugin, path: string): Promise<void> {
    expect(await plugin.ended).toBe(0);
    expect(existsSync(path)).toBe(false);
  }

  it("comes when the host requests it, with a response", async () => {
    const { plugin, path, channel } = await connect();
    const controller = createClient(GRPCControllerDefinition, channel);
    expect(await controller.shutdown({})).toEqual({});
    await expectEnd(plugin, path);
  });

  it("comes with SIGTERM, once calls in progress have completed, and in spite of open streams", async () => {
    const { plugin, path, tls, client } = await connect();
    const control = await connectToPlugin(path, tls);
    const session = connectHttp2("https://localhost", { createConnection: () => control });
    const stream = openCall(session, "/plugin.GRPCBroker/StartStream");
    const status = readAnswer(stream);
    // As gRPC's clients do: they send nothing more once they have the status.
    stream.once("trailers", () => stream.end());
    const answer = say(client, "take a while");
    await expect.poll(() => plugin.stderr()).toContain("waiting");
    plugin.process.kill("SIGTERM");
    expect(await status).toMatchObject({ status: "14", message: "the plugin is exiting" });
    expect(await answer).toBe("done");
    await expectEnd(plugin, path);
  });

  it("comes with SIGTERM before the host has connected", async () => {
    const plugin = start();
    const [, , , path = ""] = await plugin.line;
    plugin.process.kill("SIGTERM");
    await expectEnd(plugin, path);
  });

  it("comes when the host has closed its last connection", async () => {
    const { plugin, path, channel } = await connect();
    channel.close();
    await expectEnd(plugin, path);
  });

  it("does not come with SIGINT, nor when the host reconnects", async () => {
    const { plugin, path, tls, channel } = await connect();
    plugin.process.kill("SIGINT");
    channel.close();
    await sleep(300);
    const second = await connectToPlugin(path, tls);
    await sleep(1500);
    expect(await say(createClient(EchoDefinition, new Channel(second)), "hi")).toBe("hi!");
    expect(plugin.process.exitCode).toBeNull();
  });
});
