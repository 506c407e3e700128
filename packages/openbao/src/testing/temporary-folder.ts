import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder for one test. */
export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string;
  /** Puts a program of the shell there. @returns its path. */
  script(name: string, body: string, mode?: number): Promise<string>;
}

export async function temporaryFolder(): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), "test-"));
  return {
    path,
    async script(name, body, mode = 0o755) {
      const file = join(path, name);
      await writeFile(file, `#!/bin/sh\n${body}\n`, { mode });
      return file;
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}
