import { createPrivateKey, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import {
  certificateOfLine,
  connectHost,
  type HostConnection,
  type StartedPlugin,
  startPluginFile,
} from "@vault-ts/go-plugin/testing";
import { generate } from "selfsigned";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { MemoryStorage } from "../testing/index.ts";
import { PluginVersionDefinition } from "./gen/logical/version.ts";
import { mountCalls } from "./testing-fixtures/mount-calls.ts";
import { mountServices } from "./testing-fixtures/mount-services.ts";

const PLUGIN = fileURLToPath(new URL("testing-fixtures/notes.ts", import.meta.url));

let certificate: string;
let key: string;
beforeAll(async () => {
  ({ cert: certificate, private: key } = await generate(
    [{ name: "commonName", value: "localhost" }],
    {
      keyType: "ec",
      curve: "P-521",
      extensions: [{ name: "extKeyUsage", serverAuth: true, clientAuth: true }],
    },
  ));
});

const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function start(env: NodeJS.ProcessEnv): StartedPlugin {
  const plugin = startPluginFile(process.execPath, ["--import", "tsx", PLUGIN], {
    VAULT_BACKEND_PLUGIN: "6669da05-b1c8-4f49-97d9-c8e5bed98e20",
    ...env,
  });
  cleanups.push(async () => {
    plugin.process.kill("SIGTERM");
    await plugin.ended;
  });
  return plugin;
}

async function connect(plugin: StartedPlugin, shared: boolean): Promise<HostConnection> {
  const [, , , path = "", , announced = ""] = await plugin.line;
  const tls = {
    host: { certificate, key },
    plugin: shared ? certificate : certificateOfLine(announced),
  };
  const host = await connectHost(path, tls);
  cleanups.push(() => host[Symbol.asyncDispose]());
  return host;
}

describe("a host of protocol 5", () => {
  async function started() {
    const plugin = start({ PLUGIN_PROTOCOL_VERSIONS: "5", PLUGIN_CLIENT_CERT: certificate });
    expect((await plugin.line)[1]).toBe("5");
    return { plugin, host: await connect(plugin, false) };
  }

  test("has many mounts in one process, each with its storage", async () => {
    const { plugin, host } = await started();
    const [one, other] = [mountCalls(host, "one"), mountCalls(host, "other")];
    await host.serve(1, mountServices());
    await host.serve(2, mountServices());
    expect(await one.setup(1)).toEqual({ err: "" });
    expect(await other.setup(2)).toEqual({ err: "" });
    expect(await one.call("initialize", {})).toEqual({ err: undefined });

    expect(await one.exists("note/a")).toEqual({ checkFound: true, exists: false, err: undefined });
    expect(await one.ask("create", "note/a", { text: "hi" })).toEqual({
      data: null,
      err: undefined,
    });
    expect(await one.ask("create", "note/b", { text: "ho" })).toEqual({
      data: null,
      err: undefined,
    });
    expect(await one.exists("note/a")).toMatchObject({ exists: true });
    expect((await one.ask("read", "note/a")).data).toEqual({ text: "hi" });
    expect((await one.ask("list", "notes/")).data).toEqual({ keys: ["a", "b"] });
    expect((await other.ask("read", "note/a")).data).toBeNull();
    await one.ask("delete", "note/a");
    expect((await one.ask("read", "note/a")).data).toBeNull();

    await other.call("invalidateKey", { key: "note/a" });
    await expect.poll(() => plugin.stderr()).toMatch(/"key":"note\/a".*"invalidated"/);

    expect(await one.call("cleanup", {})).toEqual({});
    expect((await one.ask("read", "note/b")).err).toMatchObject({
      errType: 2,
      errMsg: "the host called a mount that it had not set up",
    });
    expect((await other.ask("read", "note/b")).err).toBeUndefined();
  });

  test("gets the plugin's version, and is asked for its own", async () => {
    const { host } = await started();
    const mount = mountCalls(host, "one");
    // The bit of a standby, and another.
    await host.serve(1, mountServices(new MemoryStorage(), (1 << 14) | 1));
    await mount.setup(1);
    expect(await mount.call("type", {})).toEqual({ type: 1 });
    expect((await mount.call("specialPaths", {})).paths).toMatchObject({
      root: [],
      unauthenticated: ["note/public"],
      localStorage: [],
      sealWrapStorage: ["note/"],
    });
    expect((await mount.ask("read", "host")).data).toEqual({
      default_ttl: 60,
      max_ttl: 3600,
      standby: true,
      tainted: false,
      uncached: true,
      version: "2.7.2",
    });
    const { version } = PluginVersionDefinition.methods;
    const answer = await host.call("/logical.PluginVersion/Version", Buffer.alloc(0), {});
    expect(version.responseType.decode(answer)).toEqual({ pluginVersion: "v1.2.3" });
  });

  test("gets each kind of error", async () => {
    const { plugin, host } = await started();
    const mount = mountCalls(host, "one");
    const storage = new MemoryStorage();
    storage.onCall = ({ key }) => {
      if (key === "note/full") throw new Error("disk full");
    };
    await host.serve(1, mountServices(storage));
    await mount.setup(1);
    expect((await mount.ask("update", "note/a", { text: "x".repeat(21) })).data).toEqual({
      error: 'Field validation failed: field "text" must be at most 20 characters',
    });
    expect((await mount.ask("update", "note/a", { text: "forbidden" })).err).toMatchObject({
      errType: 8,
    });
    expect((await mount.ask("update", "note/full", { text: "hi" })).err).toMatchObject({
      errType: 2,
      errMsg: "the host's storage failed: disk full",
    });
    expect((await mount.ask("read", "bug")).err).toMatchObject({
      errType: 2,
      errMsg: "internal error of the plugin; see the server's log for details",
    });
    await expect.poll(() => plugin.stderr()).toContain("x is no function");
    expect(await mountCalls(host, "none").exists("note/a")).toMatchObject({ err: { errType: 2 } });
  });

  test("gets the error of a mount that can't be set up or started", async () => {
    const { host } = await started();
    const mount = mountCalls(host, "one");
    await host.serve(1, mountServices());
    expect(await mount.setup(1, "no-backend")).toEqual({ err: "no backend today" });
    await host.serve(2, mountServices());
    await mount.setup(2, "no-start");
    expect((await mount.call("initialize", {})).err).toMatchObject({
      errType: 2,
      errMsg: "no start today",
    });
  });
});

describe("a host of protocol 3 or 4", () => {
  test.for([
    { versions: "3,4", version: "4" },
    { versions: "3", version: "3" },
  ])("with $versions wraps its certificate, and has one mount", async ({ versions, version }) => {
    const ServerCert = new X509Certificate(certificate).raw.toString("base64");
    const ServerKey = createPrivateKey(key)
      .export({ type: "sec1", format: "der" })
      .toString("base64");
    const server = createServer((_, response) => {
      response.end(JSON.stringify({ data: { ServerCert, ServerKey } }));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    cleanups.push(() => server.close());
    const addr = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const token = `e30.${Buffer.from(JSON.stringify({ addr })).toString("base64url")}.c2ln`;

    const plugin = start({ PLUGIN_PROTOCOL_VERSIONS: versions, VAULT_UNWRAP_TOKEN: token });
    expect(await plugin.line).toMatchObject({ 1: version, 5: "" });
    const host = await connect(plugin, true);
    await host.serve(1, mountServices());
    const mount = mountCalls(host);
    expect(await mount.setup(1)).toEqual({ err: "" });
    await mount.ask("update", "note/a", { text: "hi" });
    expect((await mount.ask("read", "note/a")).data).toEqual({ text: "hi" });
  });

  test("that offers no TLS is rejected", async () => {
    const plugin = start({ PLUGIN_PROTOCOL_VERSIONS: "4" });
    expect(await plugin.ended).toBe(1);
    const reason =
      "starting the plugin failed: the host offers neither AutoMTLS nor a wrapped certificate";
    expect(plugin.stdout()).toContain(reason);
    expect(plugin.stderr()).toContain(reason);
  });
});
