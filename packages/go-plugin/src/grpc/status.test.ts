import { describe, expect, it } from "vitest";
import { GrpcCode, GrpcError, toGrpcCode } from "./status.ts";

it("has the 17 codes of the specification", () => {
  expect(Object.values(GrpcCode)).toEqual([
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
  ]);
});

it.each([
  { name: "a known number", number: 5, code: 5 },
  { name: "a number of the future", number: 17, code: 2 },
  { name: "no number", number: Number.NaN, code: 2 },
])("maps $name to code $code", ({ number, code }) => {
  expect(toGrpcCode(number)).toBe(code);
});

describe("GrpcError.from", () => {
  it("returns a GrpcError", () => {
    const error = new GrpcError(5, "no such role");
    expect(GrpcError.from(error)).toBe(error);
  });

  it.each([
    { name: "an error", thrown: new TypeError("x is no function"), message: "x is no function" },
    { name: "a text", thrown: "oh", message: "oh" },
    { name: "nothing", thrown: undefined, message: "undefined" },
    {
      name: "what can't become a text",
      thrown: Object.create(null),
      message: "[Object: null prototype] {}",
    },
  ])("wraps $name", ({ thrown, message }) => {
    const error = GrpcError.from(thrown);
    expect(error).toMatchObject({ code: 13, message });
    expect(error.cause).toBe(thrown);
  });
});
