import { expect, test } from "vitest";
import { parseResponse } from "./response.ts";

test.for<[title: string, text: string, expected: object | undefined]>([
  [
    "with a body",
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nDate: now\r\n\r\n{}",
    { status: 200, body: "{}" },
  ],
  [
    "whose header is in lower case",
    "HTTP/1.1 404 Not Found\r\ncontent-length:3\r\n\r\nabc",
    { status: 404, body: "abc" },
  ],
  ["without a body", "HTTP/1.1 204 No Content\r\n\r\n", { status: 204, body: "" }],
  ["whose head isn't complete", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", undefined],
  ["whose body isn't complete", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{", undefined],
])("a response %s is parsed", ([, text, expected]) => {
  expect(parseResponse(text)).toEqual(expected);
});

test("a response that states no length is an error", () => {
  expect(() => parseResponse("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n")).toThrow(
    "a response states no length: HTTP/1.1 200 OK",
  );
});
