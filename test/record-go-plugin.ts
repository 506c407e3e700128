import { spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { installGoPlugin } from "@vault-ts/dev";
import { findServer, runCommand, startDevServer } from "@vault-ts/openbao";
import { GO_PLUGIN, recordingOf } from "./support/go-plugin.ts";
import { observeAnswers } from "./support/observe-answers.ts";
import { observeDocuments } from "./support/observe-documents.ts";

/** Records what HashiCorp's engine does, for where it can't be run. */
await runCommand(async () => {
  const file = await installGoPlugin();
  if (!file) {
    throw new Error(
      "Recording needs Go on the PATH, and its module proxy: see https://go.dev/doc/install.",
    );
  }
  const server = await startDevServer({
    binary: await findServer(),
    plugins: [{ name: GO_PLUGIN, file }],
  });
  try {
    await record("documents", await observeDocuments(server, GO_PLUGIN));
    await record("answers", await observeAnswers(server, GO_PLUGIN));
  } finally {
    await server.stop();
  }
});

async function record(part: "answers" | "documents", seen: unknown): Promise<void> {
  const file = fileURLToPath(recordingOf(part));
  await writeFile(file, JSON.stringify(seen));
  spawnSync("npx", ["biome", "format", "--write", file]);
  process.stdout.write(`recorded ${file}\n`);
}
