import { expect, test } from "vitest";
import { originOf, rootOf, withoutPath } from "./address.ts";

test.for<[address: string, without: string]>([
  ["http://tfe.example.com:8080/app", "http://tfe.example.com:8080"],
  ["https://tfe.example.com/", "https://tfe.example.com"],
  ["https://tfe.example.com/a/b?c#d", "https://tfe.example.com"],
  ["https://tfe.example.com?a", "https://tfe.example.com"],
  ["https://tfe.example.com#a", "https://tfe.example.com"],
  ["https://tfe.example.com/@evil.test", "https://tfe.example.com"],
  ["HTTPS://TFE.example.com", "HTTPS://TFE.example.com"],
  ["https://user:password@tfe.example.com/a", "https://user:password@tfe.example.com/a"],
  ["https://tfe.example.com\\@evil.test/a", "https://tfe.example.com\\@evil.test/a"],
  ["https://tfe.exam\nple.com/a", "https://tfe.exam\nple.com/a"],
  ["tfe.example.com/a", "tfe.example.com/a"],
  ["", ""],
])("%j without a path is %j", ([address, without]) => {
  expect(withoutPath(address)).toBe(without);
});

test("an address with a path has no origin until the path is removed", () => {
  const address = "https://TFE.example.com:443/app";
  expect(() => originOf(address)).toThrow(expect.objectContaining({ code: "invalid_address" }));
  expect(originOf(withoutPath(address))).toBe("https://tfe.example.com");
});

test.for<[path: string, root: string]>([
  ["/api/v2/", "/api/v2/"],
  ["/api/v2", "/api/v2/"],
  ["api/v2/", "/api/v2/"],
  ["api/v2", "/api/v2/"],
  ["/", "/"],
  ["", "/"],
])("the API of base path %j begins at %j", ([path, root]) => {
  expect(rootOf(path)).toBe(root);
});
