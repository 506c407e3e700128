import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type ClientHttp2Stream, connect as connectHttp2 } from "node:http2";
import { connect, type Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { Channel } from "../grpc/channel.ts";
import { FrameParser } from "../grpc/frame.ts";
import { createIdentity } from "../tls/certificate.ts";
import { pinnedTls } from "../tls/pinning.ts";

const PLUGIN = fileURLToPath(new URL("echo-plugin.ts", import.meta.url));

export interface PluginExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A plugin's process, seen from its host. */
export interface TestPlugin {
  readonly process: ChildProcess;
  /** The handshake line. */
  readonly line: string;
  readonly socketPath: string;
  /** What it wrote to standard error. */
  readonly stderr: () => string;
  readonly exited: Promise<PluginExit>;
  /** A new connection, with the host's TLS where it speaks it. */
  connect(): Promise<Socket>;
}

/** The host's certificate and key, and what puts its TLS onto sockets. */
export const hostIdentity = createIdentity();

/** The environment that a host gives. */
export function hostEnvironment(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const { PATH, TMPDIR } = process.env;
  return {
    PATH,
    ...(TMPDIR && { TMPDIR }),
    ECHO_PLUGIN: "yes",
    PLUGIN_PROTOCOL_VERSIONS: "5",
    PLUGIN_CLIENT_CERT: hostIdentity.certificate,
    ...extra,
  };
}

/** Starts the plugin as a host does, and reads its line. */
export async function startPlugin(env: NodeJS.ProcessEnv = hostEnvironment()): Promise<TestPlugin> {
  const child = spawn(process.execPath, ["--import", "tsx", PLUGIN], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const exited = once(child, "exit").then(([code, signal]): PluginExit => ({ code, signal }));
  const line = await Promise.race([
    once(child.stdout.setEncoding("utf8"), "data").then(([text]) => String(text)),
    exited.then(() => ""),
  ]);
  const [, , , socketPath = "", , certificate = ""] = line.trim().split("|");
  const tls = certificate === "" ? undefined : pinnedTls(hostIdentity, pem(certificate));
  return {
    process: child,
    line,
    socketPath,
    stderr: () => stderr,
    exited,
    async connect() {
      const socket = connect(socketPath);
      await once(socket, "connect");
      return tls ? await tls.dial(socket) : socket;
    },
  };
}

/** A channel to the plugin. */
export async function openChannel(plugin: TestPlugin): Promise<Channel> {
  return new Channel(await plugin.connect());
}

/** A stream to a method of the plugin, with its messages. */
export interface TestStream {
  send(frame: Buffer): void;
  next(): Promise<Buffer>;
  end(): void;
}

/** Opens a streaming call: hosts keep those for the broker and for standard output. */
export async function openStream(plugin: TestPlugin, path: string): Promise<TestStream> {
  const socket = await plugin.connect();
  const session = connectHttp2("http://localhost", { createConnection: () => socket });
  session.on("error", () => {});
  const stream: ClientHttp2Stream = session.request({
    ":method": "POST",
    ":path": path,
    "content-type": "application/grpc",
    te: "trailers",
  });
  stream.on("error", () => {});
  const messages: Buffer[] = [];
  const waiting: ((message: Buffer) => void)[] = [];
  const parser = new FrameParser();
  stream.on("data", (chunk: Buffer) => {
    for (const message of parser.push(chunk)) {
      const waiter = waiting.shift();
      if (waiter) waiter(message);
      else messages.push(message);
    }
  });
  return {
    send: (frame) => void stream.write(frame),
    next: async () => messages.shift() ?? (await new Promise((resolve) => waiting.push(resolve))),
    end: () => session.destroy(),
  };
}

function pem(unpadded: string): string {
  const der = Buffer.from(unpadded, "base64").toString("base64");
  return `-----BEGIN CERTIFICATE-----\n${der}\n-----END CERTIFICATE-----\n`;
}
