import { describe, expect, test } from "vitest";
import { compilePattern } from "./pattern.ts";

describe("match", () => {
  test.for<[pattern: string, path: string, params: Record<string, string> | undefined]>([
    ["config", "config", {}],
    ["config", "config/", undefined],
    ["config", "configs", undefined],
    ["role/:name", "role/a", { name: "a" }],
    ["role/:name", "role/My.role-1_x", { name: "My.role-1_x" }],
    ["role/:name", "role/", undefined],
    ["role/:name", "role/-a", undefined],
    ["role/:name", "role/a-", undefined],
    ["role/:name", "role/a/b", undefined],
    ["role/:name", "role/ä", undefined],
    ["role/:name", "role/a\n", undefined],
    ["role/?", "role", {}],
    ["role/?", "role/", {}],
    ["role/?", "role//", undefined],
    ["a/:x/b/:y", "a/1/b/2", { x: "1", y: "2" }],
    ["kv/:path*", "kv/a/b/../c", { path: "a/b/../c" }],
    ["kv/:path*", "kv/", { path: "" }],
    ["a.b", "aXb", undefined],
  ])("%s and %j", ([pattern, path, params]) => {
    expect(compilePattern(pattern).match(path)).toEqual(params);
  });
});

test.for<[pattern: string, route: string, openApiPath: string]>([
  ["config", "^config$", "config"],
  ["role/?", "^role/?$", "role"],
  ["role/:name", String.raw`^role/(?P<name>\w(([\w-.]+)?\w)?)$`, "role/{name}"],
  ["kv/:path*", "^kv/(?P<path>.*)$", "kv/{path}"],
])("%s is shown as Vault shows it", ([pattern, route, openApiPath]) => {
  expect(compilePattern(pattern)).toMatchObject({ route, openApiPath });
});

test("a name that almost matches is rejected quickly", () => {
  expect(compilePattern("role/:name").match(`role/${"a-".repeat(100_000)}`)).toBeUndefined();
});
