import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { freePort } from "./free-port.ts";
import { LogBuffer } from "./log-buffer.ts";
import { OpenBaoError } from "./openbao-error.ts";
import { hasWritten, waitUntil } from "./readiness.ts";
import { temporaryFolder } from "./testing/temporary-folder.ts";

const running = { pid: 42, ended: false, kill: async () => {}, stop: async () => {} };
const gone = { ...running, ended: true };

test("a server that doesn't respond yet is asked again", async () => {
  const answers = [new OpenBaoError("unreachable", "no"), false, true];
  await waitUntil({ process: running, port: await freePort(), logs: new LogBuffer() }, async () => {
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer === true;
  });
  expect(answers).toEqual([]);
});

test("an error of the probe is thrown", async () => {
  const result = waitUntil({ process: running, port: 1, logs: new LogBuffer() }, async () => {
    throw new OpenBaoError("refused", "sealed");
  });
  await expect(result).rejects.toMatchObject({ code: "refused" });
});

test("the error of a server that ended has the last ten lines of its log", async () => {
  const logs = new LogBuffer();
  for (let line = 1; line <= 12; line += 1) logs.add(`line ${line}`);
  const result = waitUntil({ process: gone, port: await freePort(), logs }, async () => false);
  await expect(result).rejects.toMatchObject({
    code: "not_started",
    message:
      "the server exited while it started; the end of its log:\nline 3\nline 4\nline 5\nline 6\nline 7\nline 8\nline 9\nline 10\nline 11\nline 12",
  });
});

test("a server that ended because its port is in use is reported as such", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const port = (other.address() as { port: number }).port;
  const result = waitUntil({ process: gone, port, logs: new LogBuffer() }, async () => true);
  await expect(result).rejects.toMatchObject({ code: "port_in_use" });
  other.close();
});

test.each(
  Object.entries({
    "that of the process": ["42\n", true],
    "that of another": ["421", false],
    "not written yet": ["", false],
  } as const),
)("the id in the file is %s", async (_, [text, expected]) => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "pid");
  await writeFile(file, text);
  expect(await hasWritten(file, running)).toBe(expected);
  expect(await hasWritten(`${file}-absent`, running)).toBe(false);
});
