import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { childProcesses, parsePs, parseStat } from "./child-processes.ts";

describe("a line of /proc/PID/stat", () => {
  const cases = {
    "an ordinary one": ["42 (bao) S 7 42 42 0 -1", [[42, 7, "S"]]],
    "a name with spaces": ["42 (a plugin b) R 7 42", [[42, 7, "R"]]],
    "a name that looks like the rest": ["42 (x) S 1 (y) Z 7 42", [[42, 7, "Z"]]],
    "a name with a line break": ["42 (a\nb) S 7 42", [[42, 7, "S"]]],
    "a process that is gone": ["", []],
  } as const;
  test.each(Object.entries(cases))("%s", (_, [stat, rows]) => {
    expect(parseStat(stat)).toEqual(rows);
  });
});

test("the output of ps", () => {
  expect(parsePs("    1     0 Ss\n  733     1 S+\n 9999   733 Z\n")).toEqual([
    [1, 0, "Ss"],
    [733, 1, "S+"],
    [9999, 733, "Z"],
  ]);
});

test("a process is found while it runs", async () => {
  const child = spawn("sleep", ["60"], { stdio: "ignore" });
  await once(child, "spawn");
  expect(await childProcesses(process.pid)).toContain(child.pid);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(await childProcesses(process.pid)).not.toContain(child.pid);
});

test("a zombie is not a running process", async () => {
  // The second program doesn't know the child that the shell left it.
  const parent = spawn("sh", ["-c", "sleep 600 & echo $!; exec sleep 600"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [line] = await once(parent.stdout, "data");
  const [pid, child] = [parent.pid ?? -1, Number(String(line))];
  expect(await childProcesses(pid)).toEqual([child]);
  process.kill(child, "SIGKILL");
  await expect.poll(() => childProcesses(pid)).toEqual([]);
  parent.kill("SIGKILL");
});
