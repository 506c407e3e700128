import { expect, test } from "vitest";
import { encodeRequests } from "./load.ts";

test("a request is encoded once for each of its paths", () => {
  const [first, second, ...others] = encodeRequests({
    address: "http://127.0.0.1:8200",
    token: "root",
    method: "PUT",
    paths: ["a/config", "b/config"],
    body: '{"token":"é"}',
  });
  expect(first?.toString().split("\r\n")).toEqual([
    "PUT /v1/a/config HTTP/1.1",
    "host: 127.0.0.1:8200",
    "x-vault-token: root",
    "x-vault-request: true",
    "content-length: 14",
    "",
    '{"token":"é"}',
  ]);
  expect(second?.toString()).toContain("PUT /v1/b/config ");
  expect(others).toEqual([]);
});
