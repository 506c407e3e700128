import { expect, it } from "vitest";
import { codeOfReset } from "./reset-code.ts";

it.each([
  { reset: "NO_ERROR", number: 0x0, code: 13 },
  { reset: "INTERNAL_ERROR", number: 0x2, code: 13 },
  { reset: "REFUSED_STREAM", number: 0x7, code: 14 },
  { reset: "CANCEL", number: 0x8, code: 1 },
  { reset: "ENHANCE_YOUR_CALM", number: 0xb, code: 8 },
  { reset: "INADEQUATE_SECURITY", number: 0xc, code: 7 },
])("maps a reset with $reset to code $code", ({ number, code }) => {
  expect(codeOfReset(number)).toBe(code);
});
