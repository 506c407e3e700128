import { expect, it } from "vitest";
import { codeOfHttpStatus } from "./http-status.ts";

it.each([
  { status: 400, code: 13 },
  { status: 401, code: 16 },
  { status: 403, code: 7 },
  { status: 404, code: 12 },
  { status: 429, code: 14 },
  { status: 502, code: 14 },
  { status: 503, code: 14 },
  { status: 504, code: 14 },
  { status: 500, code: 2 },
  { status: 204, code: 2 },
])("maps HTTP status $status to code $code", ({ status, code }) => {
  expect(codeOfHttpStatus(status)).toBe(code);
});
