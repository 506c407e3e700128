import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "./free-port.ts";

/** A registry of OCI images on this machine: Debian's package `docker-registry`. */
export interface Registry extends AsyncDisposable {
  /** Such as `127.0.0.1:5000`. */
  readonly host: string;
}

export async function startRegistry(): Promise<Registry> {
  const folder = await mkdtemp(join(tmpdir(), "registry-"));
  const host = `127.0.0.1:${await freePort()}`;
  const config = {
    version: "0.1",
    log: { level: "error" },
    storage: { filesystem: { rootdirectory: join(folder, "data") } },
    http: { addr: host },
  };
  await writeFile(join(folder, "config.yml"), JSON.stringify(config));
  const process = spawn("docker-registry", ["serve", join(folder, "config.yml")], {
    stdio: "ignore",
  });
  const ended = new Promise<void>((resolve, reject) => {
    process.once("close", () => resolve());
    process.once("error", reject);
  });
  const isUp = () =>
    fetch(`http://${host}/v2/`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await isUp())) await Promise.race([sleep(50), ended.then(noRegistry)]);
  return {
    host,
    async [Symbol.asyncDispose]() {
      process.kill("SIGTERM");
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}

function noRegistry(): never {
  throw new Error("the registry ended: on Debian, apt-get install docker-registry");
}
