import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { installOnce } from "./install-once.ts";

const REQUIREMENTS = fileURLToPath(new URL("../fixtures/hvac-requirements.txt", import.meta.url));
const SCRIPT = fileURLToPath(new URL("../fixtures/hvac-client.py", import.meta.url));

/** The wheels for any system: one hash for each package. */
const PIP =
  "-m pip install --quiet --disable-pip-version-check --no-deps --only-binary=:all: --require-hashes";

/**
 * Installs hvac and what it needs, hash-checked, into the cache folder if it isn't there yet.
 *
 * @returns that folder.
 */
export async function installHvac(): Promise<string> {
  return await installOnce("hvac-2.4.0", async (folder) => {
    await execa(
      "python3",
      [...PIP.split(" "), `--target=${folder}`, `--requirement=${REQUIREMENTS}`],
      {
        stdin: "ignore",
      },
    );
  });
}

/** Runs the program with the hvac of that folder. @returns what it prints. */
export async function runHvac(
  folder: string,
  given: Readonly<Record<string, unknown>>,
): Promise<Record<string, unknown>> {
  const { stdout } = await execa("python3", [SCRIPT], {
    // Nothing else of this process's: proxies, and a namespace or a certificate of another server,
    // would lead it elsewhere.
    env: { PATH: process.env["PATH"], PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: "1" },
    extendEnv: false,
    input: JSON.stringify(given),
  });
  return JSON.parse(stdout) as Record<string, unknown>;
}
