import { describe, expect, it } from "vitest";
import { encodeFrame, FrameParser } from "./frame.ts";

const hex = (...bytes: string[]) => Buffer.from(bytes.join(""), "hex");

describe("encodeFrame", () => {
  it.each([
    { name: "no byte", message: "", frame: "0000000000" },
    { name: "three bytes", message: "0a0b0c", frame: "00000000030a0b0c" },
  ])("frames a message of $name", ({ message, frame }) => {
    expect(encodeFrame(hex(message)).toString("hex")).toBe(frame);
  });
});

describe("FrameParser", () => {
  it.each([
    { name: "a whole frame", chunks: ["00000000020a0b"], messages: ["0a0b"] },
    { name: "an empty message", chunks: ["0000000000"], messages: [""] },
    {
      name: "a frame cut into single bytes",
      chunks: ["00", "00", "00", "00", "02", "0a", "0b"],
      messages: ["0a0b"],
    },
    { name: "a cut between header and message", chunks: ["0000000002", "0a0b"], messages: ["0a0b"] },
    {
      name: "two frames in one chunk",
      chunks: ["00000000010a00000000020b0c"],
      messages: ["0a", "0b0c"],
    },
    {
      name: "the end of one frame and the start of the next",
      chunks: ["00000000020a", "0b000000", "00010c"],
      messages: ["0a0b", "0c"],
    },
    { name: "empty chunks in between", chunks: ["", "00000000", "", "010a"], messages: ["0a"] },
    { name: "a frame without its end", chunks: ["00000000020a"], messages: [] },
  ])("puts together $name", ({ chunks, messages }) => {
    const parser = new FrameParser();
    const parsed = chunks.flatMap((chunk) => parser.push(hex(chunk)));
    expect(parsed.map((message) => message.toString("hex"))).toEqual(messages);
  });

  it.each([
    { name: "a compressed message", frame: "01000000010a", limit: 8, code: 12 },
    { name: "a message over the limit, at its header", frame: "0000000009", limit: 8, code: 8 },
    { name: "a message over 64 MiB, at its header", frame: "0004000001", limit: undefined, code: 8 },
  ])("refuses $name", ({ frame, limit, code }) => {
    expect(() => new FrameParser(limit).push(hex(frame))).toThrow(expect.objectContaining({ code }));
  });

  it("takes a message of exactly the limit", () => {
    expect(new FrameParser(2).push(hex("00000000020a0b"))).toHaveLength(1);
  });
});
