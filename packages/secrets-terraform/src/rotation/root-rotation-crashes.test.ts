import { startSimulator } from "@vault-ts/terraform-cloud/simulator";
import { startTestHost } from "@vault-ts/vault-plugin/testing";
import { describe, expect, test } from "vitest";
import { createBackend } from "../backend.ts";
import { ROOT_KINDS, type RootKind } from "../testing-fixtures/root-tokens.ts";

/** A mount that is configured with a token of a kind, and has a role. */
async function begin(kind: RootKind) {
  const simulator = await startSimulator();
  const host = await startTestHost(createBackend);
  const old = kind.grant(simulator);
  await host.write("config", { address: simulator.address, token: old.text });
  await host.write("role/a", kind.role);
  return { simulator, host };
}

type Scene = Awaited<ReturnType<typeof begin>>;

/**
 * What the process is about to do, or has done: a call of its storage, or a request at one of its
 * moments.
 */
function watch({ simulator, host }: Scene, moment: (name: string) => void | Promise<void>): void {
  host.storage.onCall = ({ operation, key }) =>
    moment(`${operation} ${key.replace(/[\da-f-]{36}/, "…")}`);
  simulator.onRequest = ({ method, path, moment: when }) =>
    moment(`${method} ${path.replace("/api/v2", "")} ${when}`);
}

function unwatch({ simulator, host }: Scene): void {
  host.storage.onCall = undefined;
  simulator.onRequest = undefined;
}

async function momentsOf(kind: RootKind): Promise<readonly string[]> {
  const scene = await begin(kind);
  const moments: string[] = [];
  watch(scene, (name) => void moments.push(name));
  await scene.host.write("rotate-root");
  unwatch(scene);
  await scene.simulator.close();
  return moments;
}

/** Kills the process at a moment of its rotation; it starts again a moment later. */
async function dieAt(scene: Scene, fatal: number): Promise<void> {
  let moment = 0;
  let die = () => {};
  const death = new Promise<void>((resolve) => {
    die = resolve;
  });
  watch(scene, () => {
    moment += 1;
    if (moment < fatal) return;
    die();
    // The dead get no answer, and what they still send does nothing.
    return new Promise<never>(() => {});
  });
  void scene.host.write("rotate-root").catch(() => {});
  await death;
  unwatch(scene);
  await scene.host.restart();
}

/** One call of the storage fails during the rotation. */
async function failAt(scene: Scene, fatal: number): Promise<void> {
  let moment = 0;
  watch(scene, () => {
    moment += 1;
    if (moment === fatal) throw new Error("the disk is full");
  });
  await scene.host.write("rotate-root").catch(() => {});
  unwatch(scene);
}

/** What is wrong, in words. */
function wrongsOf({ simulator, host }: Scene, kind: RootKind): readonly string[] {
  const { token } = host.storage.json("config") as { token: string };
  const there = kind.tokensOf(simulator).map(({ text }) => text);
  return [
    ...(there.includes(token) ? [] : ["the mount's token is dead"]),
    ...(there.length > 1 ? [`${there.length} tokens`] : []),
  ];
}

/**
 * If the mount says that its token is no longer valid, does what it says.
 *
 * @returns what it hasn't said; undefined if it is valid.
 */
async function recover(
  { simulator, host }: Scene,
  kind: RootKind,
): Promise<readonly string[] | undefined> {
  const warnings = (await host.request("read", "config"))?.warnings.join() ?? "";
  if (!warnings.includes("is no longer valid")) return undefined;
  const refusal = await host.read("creds/a").catch((error: Error) => error.message);
  await host.write("config", { token: kind.grant(simulator).text });
  await host.advance(60);
  return String(refusal).includes("is no longer valid")
    ? []
    : ["creds don't say that the token is no longer valid"];
}

/** What is wrong three minutes after a rotation was interrupted, and later. */
async function interrupted(
  kind: RootKind,
  interrupt: (scene: Scene) => Promise<void>,
): Promise<{ readonly wrongs: readonly string[]; readonly isLost: boolean }> {
  const scene = await begin(kind);
  const { host, simulator } = scene;
  await interrupt(scene);
  await host.advance(180);
  const unsaid = await recover(scene, kind);
  const found = wrongsOf(scene, kind);
  const creds = await host.read("creds/a").catch((error: Error) => ({ token: error.message }));
  const isServed = simulator.world.tokens.some(({ text }) => text === creds?.["token"]);
  // What never came is waited for until nothing more can come of it.
  await host.advance(900);
  const open = host.storage.keys().filter((key) => key.startsWith("wal/"));
  await host.write("rotate-root");
  await simulator.close();
  const wrongs = [
    ...(unsaid ?? []),
    ...found,
    ...(isServed ? [] : [`creds: ${creds?.["token"]}`]),
    ...open,
    ...wrongsOf(scene, kind).map((again) => `after another rotation: ${again}`),
  ];
  return { wrongs, isLost: unsaid !== undefined };
}

describe.for(ROOT_KINDS.map((kind) => [kind.name, kind] as const))(
  "within a rollback there is one token of a %s, which works, where",
  ([, kind]) => {
    test("the process dies at any moment of rotate-root", async () => {
      const moments = await momentsOf(kind);
      expect(moments.length).toBeGreaterThan(10);
      const lost: string[] = [];
      for (const [before, name] of moments.entries()) {
        const { wrongs, isLost } = await interrupted(kind, (scene) => dieAt(scene, before + 1));
        expect([before + 1, name, ...wrongs]).toEqual([before + 1, name]);
        if (isLost) lost.push(name);
      }
      // Only where the owner's one token was created, and its text was with the process alone.
      expect(lost.filter((name) => !/^POST .* (acted|answered)$|^put token\//.test(name))).toEqual(
        [],
      );
      expect(lost.length > 0).toBe(kind.isSingle);
    }, 120_000);

    test("any call of the storage fails during rotate-root", async () => {
      const moments = await momentsOf(kind);
      for (const [before, name] of moments.entries()) {
        if (!/^(get|put|delete|list) /.test(name)) continue;
        const { wrongs, isLost } = await interrupted(kind, (scene) => failAt(scene, before + 1));
        expect([before + 1, name, isLost, ...wrongs]).toEqual([before + 1, name, false]);
      }
    }, 120_000);
  },
);
