import { expect, test } from "vitest";
import { parseOptions } from "./options.ts";

const ALL = ["requests", "starts", "framework", "scale"];

test("without options, all plugins are measured in all parts", () => {
  expect(parseOptions([])).toMatchObject({
    plugins: ["go", "node20", "node24", "node26", "bun"],
    parts: ALL,
    operations: ["stored creds", "user creds", "role read", "config write"],
    clients: [1, 16, 64],
    scale: { roles: 10_000, mounts: 1000 },
  });
});

test("the short form is of the Node.js of the PATH, in one round", () => {
  expect(parseOptions(["--short"])).toMatchObject({ plugins: ["node"], parts: ALL, rounds: 1 });
});

test("who names operations or clients means requests, unless parts are named too", () => {
  expect(parseOptions(["--operations=role read"])).toMatchObject({
    parts: ["requests"],
    operations: ["role read"],
  });
  expect(parseOptions(["--clients=1,4", "--parts=requests,starts"])).toMatchObject({
    parts: ["requests", "starts"],
    clients: [1, 4],
  });
});

test("further plugins are files, and there may be no others", () => {
  expect(parseOptions(["--plugins=", "--file", "a=x", "--file=b=y"])).toMatchObject({
    plugins: [],
    files: ["a=x", "b=y"],
  });
});

test.for<[argument: string, message: string]>([
  ["--operations=reads", '--operations names "reads": it must be some of stored creds,user creds,'],
  ["--parts=all", '--parts names "all": it must be some of requests,starts,framework,scale'],
  ["--rounds=0", '--rounds has "0": it must be a whole number above 0'],
  ["--clients=1,x", '--clients has "x": it must be a whole number above 0'],
])("%s is refused", ([argument, message]) => {
  expect(() => parseOptions([argument])).toThrow(message);
});
