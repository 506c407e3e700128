import { describe, expect, test } from "vitest";
import { encodeFrame, FrameParser } from "./frame.ts";
import { GrpcCode } from "./status.ts";

const texts = (messages: readonly Uint8Array[]) => messages.map((message) => Buffer.from(message).toString());
const frame = (text: string) => encodeFrame(Buffer.from(text));

test("a message is preceded by a zero and its length", () => {
  expect([...frame("abc")]).toEqual([0, 0, 0, 0, 3, 97, 98, 99]);
  expect([...frame("")]).toEqual([0, 0, 0, 0, 0]);
});

describe("messages are put together", () => {
  test.for<[name: string, chunks: readonly Buffer[], messages: readonly string[]]>([
    ["from one chunk", [frame("abc")], ["abc"]],
    ["of no length", [frame("")], [""]],
    ["two from one chunk", [Buffer.concat([frame("abc"), frame("de")])], ["abc", "de"]],
    ["cut within the header", [frame("abc").subarray(0, 2), frame("abc").subarray(2)], ["abc"]],
    ["cut within the message", [frame("abc").subarray(0, 6), frame("abc").subarray(6)], ["abc"]],
    [
      "byte by byte",
      [...Buffer.concat([frame("abc"), frame("de")])].map((byte) => Buffer.of(byte)),
      ["abc", "de"],
    ],
    ["one and a half", [Buffer.concat([frame("abc"), frame("de").subarray(0, 6)])], ["abc"]],
  ])("%s", ([, chunks, messages]) => {
    const parser = new FrameParser();
    expect(texts(chunks.flatMap((chunk) => parser.push(chunk)))).toEqual(messages);
  });
});

test("a compressed message is refused", () => {
  const compressed = frame("abc");
  compressed[0] = 1;
  expect(() => new FrameParser().push(compressed)).toThrow(
    expect.objectContaining({ code: GrpcCode.UNIMPLEMENTED }),
  );
});

test("a message over the limit is refused by its header alone", () => {
  const header = Buffer.from([0, 0, 0, 0, 11]);
  expect(() => new FrameParser(10).push(header)).toThrow(
    expect.objectContaining({ code: GrpcCode.RESOURCE_EXHAUSTED }),
  );
  expect(() => new FrameParser().push(Buffer.from([0, 255, 255, 255, 255]))).toThrow("over the limit");
});

test("a message at the limit is taken", () => {
  expect(new FrameParser(3).push(frame("abc"))).toHaveLength(1);
});
