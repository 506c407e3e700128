import { expect, test } from "vitest";
import { note, ok, wrong } from "./finding.ts";
import { isHealthy, reportOf } from "./report.ts";

const FINDINGS = [
  ok("version", "v1.2.3"),
  note("server", "not checked", "set BAO_ADDR"),
  wrong("token of terraform/", "refused:\n  s.token-of-the-server\u0007", "log in"),
];

test("a report has one line per finding, with the remedy and without secrets", () => {
  expect(reportOf(FINDINGS, false, ["s.token-of-the-server", ""])).toBe(
    "ok     version: v1.2.3\nnote   server: not checked; set BAO_ADDR\nWRONG  token of terraform/: refused: [redacted] ; log in\n",
  );
});

test("a JSON report has the result and each finding", () => {
  expect(JSON.parse(reportOf(FINDINGS, true, ["s.token-of-the-server"]))).toEqual({
    ok: false,
    findings: [
      { check: "version", status: "ok", message: "v1.2.3", remedy: "" },
      { check: "server", status: "note", message: "not checked", remedy: "set BAO_ADDR" },
      {
        check: "token of terraform/",
        status: "wrong",
        message: "refused: [redacted] ",
        remedy: "log in",
      },
    ],
  });
});

test("a note doesn't fail the report", () => {
  expect(isHealthy(FINDINGS.slice(0, 2))).toBe(true);
  expect(isHealthy(FINDINGS)).toBe(false);
});
