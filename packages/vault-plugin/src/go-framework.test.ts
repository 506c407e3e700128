import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { PluginError } from "./errors.ts";
import { f } from "./fields/field.ts";
import { definePath } from "./path.ts";
import { list, Reply } from "./reply.ts";
import { startTestHost } from "./testing/index.ts";

const a = { description: "Takes a value of its type." };

/** The same as in `dev/go-framework/backend.go`. */
const host = await startTestHost(() => ({
  help: "\nKeeps items.\n",
  paths: [
    definePath("item/:name", {
      help: { synopsis: "Keeps\n  an item.", description: "\nFirst line.\n\nSecond line.\n" },
      params: { name: f.nameString({ description: "Name of the item." }) },
      fields: {
        key: f.string({
          description: "Opens it.",
          required: true,
          displayName: "Key",
          sensitive: true,
        }),
        kind: f.string({
          description: "What kind it is\nof.",
          allowedValues: ["a", "b"],
          default: "a",
        }),
        old: f.int({ description: "No longer in use.", deprecated: true }),
        version: f.int({ description: "Which one.", query: true }),
        since: f.durationSecond({ description: "How long ago.", query: true }),
        a_string: f.string(a),
        a_lowerCaseString: f.lowerCaseString(a),
        a_nameString: f.nameString(a),
        a_int: f.int(a),
        a_int64: f.int64(a),
        a_float: f.float(a),
        a_bool: f.bool(a),
        a_map: f.map(a),
        a_kvPairs: f.kvPairs(a),
        a_durationSecond: f.durationSecond(a),
        a_signedDurationSecond: f.signedDurationSecond(a),
        a_slice: f.slice(a),
        a_stringSlice: f.stringSlice(a),
        a_commaStringSlice: f.commaStringSlice(a),
        a_commaIntSlice: f.commaIntSlice(a),
        a_header: f.header(a),
        a_time: f.time(a),
      },
      exists: async () => true,
      read: () => new Reply({}),
      create: () => new Reply({}),
      update: () => new Reply({}),
      patch: () => new Reply({}),
      delete: () => new Reply({}),
    }),
    definePath("item/?", {
      help: { synopsis: "Lists items.", description: "All of them." },
      params: {},
      list: () => list([]),
    }),
    definePath("anything/:rest*", {
      help: { synopsis: "Takes anything.", description: "Anything at all." },
      params: { rest: f.string({ description: "All that is left." }) },
      read: () => new Reply({}),
    }),
  ],
}));

interface Sent {
  readonly operation: string;
  readonly path: string;
  readonly data: Readonly<Record<string, unknown>>;
}

interface Outcome {
  readonly refused: boolean;
  readonly warnings: readonly string[];
}

function load(name: string) {
  return JSON.parse(readFileSync(new URL(`../recorded/${name}`, import.meta.url), "utf8"));
}

const sent: Readonly<Record<string, Sent>> = load("go-framework-cases.json").requests;
const recorded: {
  readonly requests: Readonly<Record<string, Outcome>>;
  readonly help: Readonly<Record<string, string>>;
  readonly openapi: Readonly<Record<string, unknown>>;
} = load("go-framework.json");

async function outcome({ operation, path, data }: Sent): Promise<Outcome> {
  try {
    const answer = await host.request(operation, path, data);
    return { refused: false, warnings: answer?.warnings ?? [] };
  } catch (error) {
    if (error instanceof PluginError && error.code !== "internal")
      return { refused: true, warnings: [] };
    throw error;
  }
}

/**
 * Where ours rejects and Go's doesn't: in Go, `AllowedValues` and `Required` are for documents
 * alone.
 */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ["nothing", "what is required is required"],
  ["a value that isn't allowed", "only what is allowed is taken"],
]);

describe("answers a request as the framework for Go does", () => {
  test.for(Object.entries(sent).filter(([name]) => !REFUSED.has(name)))(
    "%s",
    async ([name, request]) => {
      expect(await outcome(request)).toEqual(recorded.requests[name]);
    },
  );
});

test.for([...REFUSED])("refuses %s: %s", async ([name]) => {
  const request = sent[name];
  expect(request && (await outcome(request))).toEqual({ refused: true, warnings: [] });
  expect(recorded.requests[name]).toEqual({ refused: false, warnings: [] });
});

async function help(path: string) {
  return (await host.request("help", path, { requestResponsePrefix: "shop" }))?.data ?? {};
}

test.for(["item/one", "item/", "anything/at/all"])(
  "gives the help of %s word for word",
  async (path) => {
    expect((await help(path))["help"]).toBe(recorded.help[path]);
  },
);

test("gives the help of the mount in the same form, with a paragraph of our own", async () => {
  const { help: text } = await help("");
  expect(String(text).replace(/(?<=## PATHS\n\n)[\s\S]*?(?=\n\n {4}\^)/, "…")).toBe(
    recorded.help[""],
  );
});

/**
 * What only ours has: `ref` beside `$ref`, since hosts lose the one, and 204 beside 200, since a
 * write may end without a word. It also has the fields of the query string in the body of a write:
 * hosts don't read the query string of writes.
 */
function withoutOurs(key: string, value: unknown): unknown {
  if (key === "ref") return undefined;
  if (key === "properties") {
    const { version, since, ...others } = value as Readonly<Record<string, unknown>>;
    return others;
  }
  if (key !== "responses") return value;
  const { 204: empty, ...others } = value as Readonly<Record<string, unknown>>;
  return Object.keys(others).length > 0 ? others : { 204: empty };
}

test("writes the same OpenAPI document, but for what is ours alone", async () => {
  const document = (await help(""))["openapi"];
  expect(document).toMatchObject({ openapi: "3.0.2", info: { version: "2.7.2" } });
  const { paths, components } = JSON.parse(JSON.stringify(document, withoutOurs));
  expect({ paths, components }).toEqual(recorded.openapi);
});
