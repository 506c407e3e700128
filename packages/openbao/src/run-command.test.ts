import { expect, test } from "vitest";
import { runProgram } from "./testing/run-program.ts";

const IMPORT = 'import { OpenBaoError, runCommand } from "./index.ts";';

test("an error is one sentence and exit code 1, without a stack trace", async () => {
  const { exitCode, stdout, stderr } = await runProgram(
    `${IMPORT} await runCommand(async () => { throw new OpenBaoError("usage", "--port must be a number"); });`,
  );
  expect({ exitCode, stdout, stderr }).toEqual({
    exitCode: 1,
    stdout: "",
    stderr: "--port must be a number",
  });
});

test("a successful program exits with 0", async () => {
  const { exitCode, stdout } = await runProgram(
    `${IMPORT} await runCommand(async () => console.log("done"));`,
  );
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "done" });
});
