/**
 * Stands in for a server: a host that drives processes of plugins, over their gRPC, with storage in
 * memory.
 */
import { inspect } from "node:util";
import { type PluginProcess, startProcess } from "@vault-ts/vault-plugin/process-testing";
import { MemoryStorage } from "@vault-ts/vault-plugin/testing";
import { answerMessages } from "../helper-process.ts";
import { makeHostCertificate } from "../host-certificate.ts";
import type { LoadResult } from "../load/load.ts";
import type { FrameworkMessage, StartMessage } from "./framework-message.ts";

const certificate = await makeHostCertificate();
const plugins = new Map<string, PluginProcess>();

answerMessages<FrameworkMessage>(async (message) => {
  if (message.kind === "start") return await start(message);
  const plugin = plugins.get(message.plugin);
  if (!plugin) throw new Error(`${message.plugin} wasn't started`);
  if (message.kind === "stop") return await plugin.kill();
  return await callOften(plugin, message.path, message.clients, message.ms);
});

/** Starts a plugin, and writes what the operations need. @returns its process. */
async function start({ contender, upstream }: StartMessage): Promise<number> {
  const { name, file, env } = contender;
  const plugin = await startProcess(file, certificate, new MemoryStorage(), {
    env,
    mayCache: true,
  });
  plugins.set(name, plugin);
  const { address, credentials } = upstream;
  const { token, userId, organization } = credentials;
  succeed(await plugin.write("config", { address, token }));
  succeed(await plugin.write("role/user", { user_id: userId, ttl: 3600 }));
  succeed(await plugin.write("role/stored", { organization }));
  return plugin.pid;
}

/** Reads a path over and over, so many at once. */
async function callOften(
  plugin: PluginProcess,
  path: string,
  clients: number,
  ms: number,
): Promise<LoadResult> {
  const latencies: number[] = [];
  const begin = performance.now();
  const client = async () => {
    for (let start = begin; start - begin < ms; ) {
      succeed(await plugin.ask("read", path));
      const end = performance.now();
      latencies.push(end - start);
      start = end;
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  const seconds = (performance.now() - begin) / 1000;
  return { seconds, latencies: Float64Array.from(latencies) };
}

/** @throws Error if a plugin's answer is one. */
function succeed(answer: unknown): void {
  const { err } = answer as { readonly err?: unknown };
  if (err) throw new Error(`a plugin answers with an error: ${inspect(err)}`);
}
