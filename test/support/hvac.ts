import { access, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheFolder } from "@vault-ts/openbao";
import { execa } from "execa";

const FOLDER = join(cacheFolder(), "hvac-2.4.0");
const REQUIREMENTS = fileURLToPath(new URL("../fixtures/hvac-requirements.txt", import.meta.url));
const SCRIPT = fileURLToPath(new URL("../fixtures/hvac-client.py", import.meta.url));

/** The wheels for any system: one hash for each package. */
const PIP =
  "-m pip install --quiet --disable-pip-version-check --no-deps --only-binary=:all: --require-hashes";

/** Installs hvac and what it needs, hash-checked, into the cache folder if it isn't there yet. */
export async function installHvac(): Promise<void> {
  if (await isThere(FOLDER)) return;
  await mkdir(dirname(FOLDER), { recursive: true });
  const work = await mkdtemp(`${FOLDER}-`);
  try {
    await execa("python3", [...PIP.split(" "), `--target=${work}`, `--requirement=${REQUIREMENTS}`], {
      stdin: "ignore",
      timeout: 120_000,
    });
    // Whoever is first wins; the folder of another run is as good.
    await rename(work, FOLDER).catch(async (error: unknown) => {
      if (!(await isThere(FOLDER))) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Runs the program with hvac. @returns what it prints. */
export async function runHvac(given: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>> {
  const { stdout } = await execa("python3", [SCRIPT], {
    // Nothing else of this process's: proxies, and a namespace or a certificate of another server, would lead it elsewhere.
    env: { PATH: process.env["PATH"], PYTHONPATH: FOLDER, PYTHONDONTWRITEBYTECODE: "1" },
    extendEnv: false,
    input: JSON.stringify(given),
    timeout: 60_000,
  });
  return JSON.parse(stdout) as Record<string, unknown>;
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
