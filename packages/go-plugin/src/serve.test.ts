import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { connect as connectHttp2 } from "node:http2";
import { connect as connectSocket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createServer, type TLSSocket, connect as tlsConnect } from "node:tls";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { ConnInfo } from "./gen/plugin/broker.ts";
import { GRPCControllerDefinition } from "./gen/plugin/controller.ts";
import { Channel } from "./grpc/channel.ts";
import { type Client, createClient } from "./grpc/client.ts";
import { GrpcServer } from "./grpc/server.ts";
import { service } from "./grpc/service.ts";
import { EchoDefinition, echo, textOf } from "./testing-fixtures/echo-definition.ts";
import { frame, openCall, readAnswer } from "./testing-fixtures/raw-call.ts";
import { type StartedPlugin, startPlugin } from "./testing-fixtures/start-plugin.ts";
import { createIdentity } from "./tls/certificate.ts";

vi.setConfig({ testTimeout: 20_000 });

const host = createIdentity();
const folder = mkdtempSync(join(tmpdir(), "serve-"));
const started: StartedPlugin[] = [];

function start(env: NodeJS.ProcessEnv = {}): StartedPlugin {
  const plugin = startPlugin({ PLUGIN_UNIX_SOCKET_DIR: folder, ...env });
  started.push(plugin);
  return plugin;
}

afterEach(async () => {
  for (const plugin of started.splice(0)) {
    plugin.process.kill("SIGKILL");
    await plugin.ended;
  }
});

afterAll(() => rmSync(folder, { recursive: true }));

/** A plugin with mutual TLS, its certificate, and a channel to it. */
async function connect(plugin: StartedPlugin = start({ PLUGIN_CLIENT_CERT: host.certificate })) {
  const [, , , path = "", , base64 = ""] = await plugin.line;
  const padded = Buffer.from(base64, "base64").toString("base64");
  const certificate = `-----BEGIN CERTIFICATE-----\n${padded}\n-----END CERTIFICATE-----\n`;
  const socket = (): TLSSocket =>
    tlsConnect({
      path,
      ca: certificate,
      cert: host.certificate,
      key: host.key,
      servername: "localhost",
      ALPNProtocols: ["h2"],
    });
  const first = socket();
  await once(first, "secureConnect");
  const channel = new Channel(first);
  return { plugin, path, certificate, socket, channel, client: createClient(EchoDefinition, channel) };
}

const say = async (client: Client<typeof EchoDefinition>, text: string) =>
  textOf(await client.unary(echo(text), { timeoutMs: 10_000 }));

describe("the handshake", () => {
  it("is one line, and mutual TLS", async () => {
    const { plugin, path, client } = await connect();
    const [core, version, network, , protocol, certificate = "", ...more] = await plugin.line;
    expect([core, version, network, protocol, more]).toEqual(["1", "5", "unix", "grpc", []]);
    expect(certificate).toMatch(/^[A-Za-z\d+/]{300,}$/);
    expect((statSync(path).mode & 0o777).toString(8)).toBe("600");
    expect(await say(client, "hi")).toBe("hi!");
  });

  it("is without TLS for a host that names no certificate", async () => {
    const plugin = start({ PLUGIN_CLIENT_CERT: "" });
    const [, , , path = "", , certificate] = await plugin.line;
    expect(certificate).toBe("");
    const socket = connectSocket(path);
    await once(socket, "connect");
    expect(await say(createClient(EchoDefinition, new Channel(socket)), "hi")).toBe("hi!");
  });

  it.each([
    { name: "by hand", env: { TEST_PLUGIN: undefined }, stderr: /^This program is a plugin/ },
    {
      name: "by a host of other versions",
      env: { PLUGIN_PROTOCOL_VERSIONS: "6" },
      stderr: /no version in common/,
    },
    {
      name: "with a certificate that is none",
      env: { PLUGIN_CLIENT_CERT: "x" },
      stderr: /"the plugin can't start"/,
    },
    {
      name: "without a place for its socket",
      env: { PLUGIN_UNIX_SOCKET_DIR: "/nowhere" },
      stderr: /listen E.*"the plugin can't start"/,
    },
    {
      name: "with a group that is none",
      env: { PLUGIN_UNIX_SOCKET_GROUP: "no-such-group" },
      stderr: /no-such-group/,
    },
  ])("fails when started $name, with exit code 1 and a word", async ({ env, stderr }) => {
    const plugin = start(env);
    expect(await plugin.ended).toBe(1);
    expect(plugin.stderr()).toMatch(stderr);
    expect(plugin.stdout()).toBe("");
  });

  it("is followed by the end when the services can't be made", async () => {
    const plugin = start({ FAIL_TO_START: "1" });
    expect(await plugin.ended).toBe(1);
    expect(plugin.stderr()).toMatch(/no services today.*"the plugin can't start"/);
    expect(existsSync((await plugin.line)[3] ?? "")).toBe(false);
  });
});

describe("a plugin", () => {
  it("refuses strangers, and says so", async () => {
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
    await vi.waitFor(() => expect(plugin.stderr()).toContain("a connection was refused"));
    expect(await say(client, "hi")).toBe("hi!");
  });

  it("calls back over mutual TLS", async () => {
    const { certificate, socket, client } = await connect();
    const echoes = new GrpcServer(
      [
        service(EchoDefinition, {
          unary: async (request) => echo(`${textOf(request)}, to the host`),
          async *serverStream() {},
          async *bidi() {},
        }),
      ],
      () => {},
    );
    const listener = createServer(
      {
        key: host.key,
        cert: host.certificate,
        ca: certificate,
        requestCert: true,
        rejectUnauthorized: true,
        ALPNProtocols: ["h2"],
      },
      (secured) => echoes.accept(secured),
    );
    listener.listen(0, "127.0.0.1");
    await once(listener, "listening");
    const address = listener.address();
    const port = typeof address === "object" ? address?.port : undefined;

    const session = connectHttp2("https://localhost", { createConnection: socket });
    const stream = openCall(session, "/plugin.GRPCBroker/StartStream");
    const called = say(client, "call back");
    const info = { serviceId: 7, network: "tcp", address: `127.0.0.1:${port}`, knock: undefined };
    stream.write(frame(ConnInfo.encode(info).finish()));
    expect(await called).toBe("from the plugin, to the host");

    session.destroy();
    await echoes.close(0);
    listener.close();
  });

  it("logs as hclog does, and prints through the host's stream and nowhere else", async () => {
    const { plugin, socket, client } = await connect();
    await say(client, "log");
    await vi.waitFor(() => expect(plugin.stderr()).toContain("\n"));
    const { "@timestamp": timestamp, ...line } = JSON.parse(plugin.stderr().trim());
    expect(line).toEqual({ "@level": "info", "@message": "a message", "@module": "part", role: "ci" });
    expect(timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);

    await say(client, "print");
    const session = connectHttp2("https://localhost", { createConnection: socket });
    const stream = openCall(session, "/plugin.GRPCStdio/StreamStdio");
    stream.end(frame(Buffer.alloc(0)));
    const [chunk] = (await once(stream, "data")) as [Buffer];
    expect(chunk.toString("latin1")).toContain("printed\n");
    expect(plugin.stdout().split("\n")).toHaveLength(2);
    session.destroy();
  });

  it("goes on after errors that nobody caught, and logs them", async () => {
    const { plugin, client } = await connect();
    await say(client, "throw");
    await say(client, "reject");
    expect(await say(client, "hi")).toBe("hi!");
    await vi.waitFor(() => expect(plugin.stderr().match(/\n/g)).toHaveLength(2));
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
  /** How a plugin ended, and that it took its socket along. */
  async function expectEnd(plugin: StartedPlugin, path: string, withinMs: number): Promise<void> {
    const since = performance.now();
    expect(await plugin.ended).toBe(0);
    expect(performance.now() - since).toBeLessThan(withinMs);
    expect(existsSync(path)).toBe(false);
  }

  it("comes when the host asks for it, with an answer", async () => {
    const { plugin, path, channel } = await connect();
    const controller = createClient(GRPCControllerDefinition, channel);
    expect(await controller.shutdown({})).toEqual({});
    await expectEnd(plugin, path, 2000);
  });

  it("comes with SIGTERM, once calls under way are answered, and in spite of open streams", async () => {
    const { plugin, path, socket, client } = await connect();
    const session = connectHttp2("https://localhost", { createConnection: socket });
    const stream = openCall(session, "/plugin.GRPCBroker/StartStream");
    const status = readAnswer(stream);
    // As gRPC's clients do: they have nothing more to say once the status is there.
    stream.once("trailers", () => stream.end());
    const answer = say(client, "take a while");
    await sleep(50);
    plugin.process.kill("SIGTERM");
    expect(await status).toMatchObject({ status: "14", message: "the plugin ends" });
    expect(await answer).toBe("done");
    await expectEnd(plugin, path, 400);
  });

  it("comes with SIGTERM before anybody has connected", async () => {
    const plugin = start();
    const [, , , path = ""] = await plugin.line;
    plugin.process.kill("SIGTERM");
    await expectEnd(plugin, path, 900);
  });

  it("comes when the host has closed its last connection", async () => {
    const { plugin, path, channel } = await connect();
    channel.close();
    await expectEnd(plugin, path, 2000);
  });

  it("does not come with SIGINT, nor when the host connects anew", async () => {
    const { plugin, socket, channel } = await connect();
    plugin.process.kill("SIGINT");
    channel.close();
    await sleep(300);
    const second = socket();
    await once(second, "secureConnect");
    await sleep(1500);
    expect(await say(createClient(EchoDefinition, new Channel(second)), "hi")).toBe("hi!");
    expect(plugin.process.exitCode).toBeNull();
  });

  it.each([
    { name: "before it connected", args: [] },
    { name: "with connections open", args: ["--connect"] },
  ])("comes when the host is killed $name", async ({ args }) => {
    const file = fileURLToPath(new URL("testing-fixtures/host.ts", import.meta.url));
    const child = spawn(process.execPath, ["--import", "tsx", file, ...args], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [text] = (await once(child.stdout.setEncoding("utf8"), "data")) as [string];
    const { pid, path } = JSON.parse(text) as { pid: number; path: string };
    expect({ alive: isAlive(pid), socket: existsSync(path) }).toEqual({ alive: true, socket: true });
    child.kill("SIGKILL");
    await vi.waitFor(
      () =>
        expect({ alive: isAlive(pid), socket: existsSync(path) }).toEqual({ alive: false, socket: false }),
      { timeout: 2000, interval: 50 },
    );
  });
});

/** Whether the process runs: one that has ended may stay in the table until somebody asks for its exit code. */
function isAlive(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return /^[^Z\s]/.test(stdout);
}
