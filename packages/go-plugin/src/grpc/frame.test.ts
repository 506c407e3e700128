import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeFrame, FrameParser } from "./frame.ts";
import { GrpcError } from "./status.ts";

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
    {
      name: "a cut between header and message",
      chunks: ["0000000002", "0a0b"],
      messages: ["0a0b"],
    },
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
  ])("reassembles $name", ({ chunks, messages }) => {
    const parser = new FrameParser();
    const parsed = chunks.flatMap((chunk) => parser.push(hex(chunk)));
    expect(parsed.map((message) => message.toString("hex"))).toEqual(messages);
  });

  it.each([
    { name: "a compressed message", frame: "01000000010a", limit: 8, code: 12 },
    { name: "a message over the limit, at its header", frame: "0000000009", limit: 8, code: 8 },
    {
      name: "a message over 64 MiB, at its header",
      frame: "0004000001",
      limit: undefined,
      code: 8,
    },
  ])("rejects $name", ({ frame, limit, code }) => {
    expect(() => new FrameParser(limit).push(hex(frame))).toThrow(
      expect.objectContaining({ code }),
    );
  });

  it("accepts a message of exactly the limit", () => {
    expect(new FrameParser(2).push(hex("00000000020a0b"))).toHaveLength(1);
  });
});

describe("whatever the messages and the chunks", () => {
  const cut = (bytes: Buffer, places: readonly number[]) => {
    const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].sort(
      (a, b) => a - b,
    );
    return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
  };
  const places = fc.array(fc.nat(), { maxLength: 20 });

  it("the parser returns the same messages", () => {
    const messages = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 10 });
    fc.assert(
      fc.property(messages, places, (sent, cuts) => {
        const parser = new FrameParser(300);
        const received = cut(Buffer.concat(sent.map(encodeFrame)), cuts).flatMap((chunk) =>
          parser.push(chunk),
        );
        expect(received.map((message) => Uint8Array.from(message))).toEqual(sent);
      }),
    );
  });

  it("the outcome equals that of the whole body", () => {
    /** Returns the messages until the end or an error, and the error's code. */
    const parse = (chunks: readonly Buffer[]) => {
      const parser = new FrameParser(1000);
      const messages: string[] = [];
      try {
        for (const chunk of chunks)
          messages.push(...parser.push(chunk).map((each) => each.toString("hex")));
        return { messages };
      } catch (error) {
        return { code: error instanceof GrpcError && error.code };
      }
    };
    // Mostly zeros: bodies of random bytes hardly ever have a second frame.
    const bytes = fc.array(fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.nat(255)), {
      maxLength: 100,
    });
    fc.assert(
      fc.property(bytes, places, (body, cuts) => {
        const whole = parse([Buffer.from(body)]);
        expect(parse(cut(Buffer.from(body), cuts))).toEqual(whole);
        expect([undefined, 8, 12]).toContain(whole.code);
      }),
    );
  });
});
