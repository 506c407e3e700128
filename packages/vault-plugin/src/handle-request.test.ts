import * as v from "valibot";
import { describe, expect, test } from "vitest";
import type { BackendFactory } from "./backend.ts";
import { PluginError } from "./errors.ts";
import { clearNulls } from "./fields/clear-nulls.ts";
import { f, type Input, withDefaults } from "./fields/field.ts";
import { definePath } from "./path.ts";
import { list, reply } from "./reply.ts";
import { defineSecret } from "./secret.ts";
import { startTestHost } from "./testing/index.ts";

const help = { synopsis: "A path.", description: "A path." };

/** A small plugin with a path of each kind. */
const factory =
  (calls: string[] = []): BackendFactory =>
  ({ storage }) => {
    const pass = defineSecret({
      type: "pass",
      internal: v.object({ user: v.string() }),
      renew: async ({ internal, lease }) => {
        calls.push(`renew ${internal.user} ${lease.increment}`);
        return { ttl: 60, maxTtl: 600 };
      },
      revoke: async ({ internal }) => {
        calls.push(`revoke ${internal.user}`);
      },
    });
    return {
      help: "For tests.",
      secrets: [pass],
      paths: [
        definePath("item/:name", {
          help,
          params: { name: f.lowerCaseString({ description: "Name.", maxLength: 8 }) },
          fields: {
            size: f.int({ description: "Size." }),
            hint: f.string({ description: "Hint." }),
          },
          exists: async ({ params }) => (await storage.get(`item/${params.name}`)) !== undefined,
          read: async ({ params }) => {
            const stored = await storage.get(`item/${params.name}`);
            return stored && { name: params.name, size: Number(Buffer.from(stored)) };
          },
          create: async ({ params, input }) => {
            await storage.put(`item/${params.name}`, Buffer.from(String(input.size ?? 0)));
            return reply({ data: { made: true } });
          },
          update: async ({ params, input }) => {
            await storage.put(`item/${params.name}`, Buffer.from(String(input.size ?? 0)));
          },
          delete: ({ params }) => storage.delete(`item/${params.name}`),
        }),
        definePath("item/?", {
          help,
          params: {},
          list: async () => list(await storage.list("item/")),
        }),
        definePath("pass/:user", {
          help,
          params: { user: f.nameString({ description: "User." }) },
          read: ({ params }) =>
            pass.issue({
              data: { pass: "123" },
              internal: { user: params.user },
              terms: { ttl: 30, maxTtl: 300 },
            }),
        }),
      ],
    };
  };

test("a write creates, then updates; a read returns the stored entry", async () => {
  const host = await startTestHost(factory());
  expect((await host.write("item/Box", { size: "3" }))?.data).toEqual({ made: true });
  expect(await host.write("item/box", { size: 4 })).toBeUndefined();
  expect(await host.read("item/BOX")).toEqual({ name: "box", size: 4 });
  await host.request("delete", "item/box");
  expect(await host.read("item/box")).toBeUndefined();
});

test("a list returns sorted names; an empty one returns no keys", async () => {
  const host = await startTestHost(factory());
  expect((await host.request("list", "item/"))?.data).toEqual({});
  await host.write("item/b");
  await host.write("item/a");
  expect((await host.request("list", "item/"))?.data).toEqual({ keys: ["a", "b"] });
});

describe("a patch", () => {
  const fields = {
    size: f.int({ description: "Size.", default: 5 }),
    hint: f.string({ description: "Hint." }),
    owner: f.string({ description: "Owner.", required: true }),
  };
  /** A box whose update keeps fields that aren't sent. */
  const boxes: BackendFactory = ({ storage }) => {
    const write = async (input: Partial<Input<typeof fields>>) => {
      const stored = await storage.get("box");
      const current = stored
        ? JSON.parse(Buffer.from(stored).toString())
        : withDefaults(fields, { owner: "" });
      await storage.put("box", Buffer.from(JSON.stringify({ ...current, ...input })));
    };
    const stored = async () => JSON.parse(Buffer.from((await storage.get("box")) ?? "").toString());
    return {
      help: "For tests.",
      paths: [
        definePath("box", {
          help,
          params: {},
          fields,
          exists: async () => (await storage.get("box")) !== undefined,
          read: stored,
          update: ({ input }) => write(input),
          patch: ({ input }) => write(clearNulls(fields, input)),
        }),
        definePath("seen", { help, params: {}, fields, patch: ({ input }) => ({ input }) }),
      ],
    };
  };

  test("leaves absent fields unchanged, and null restores the default or clears", async () => {
    const host = await startTestHost(boxes);
    await host.write("box", { owner: "ann", size: 7, hint: "blue" });
    await host.request("patch", "box", { hint: "red" });
    expect(await host.read("box")).toEqual({ owner: "ann", size: 7, hint: "red" });
    await host.request("patch", "box", { size: null, hint: null });
    expect(await host.read("box")).toEqual({ owner: "ann", size: 5, hint: "" });
  });

  test("of an object that doesn't exist is 404, and creates nothing", async () => {
    const host = await startTestHost(boxes);
    await expect(host.request("patch", "box", { size: 1 })).rejects.toMatchObject({
      code: "not_found",
      message: 'patching "box" failed: it doesn\'t exist; create it with a write first',
    });
    expect(host.storage.keys()).toEqual([]);
  });

  test("that clears a required field is rejected, and changes nothing", async () => {
    const host = await startTestHost(boxes);
    await host.write("box", { owner: "ann", size: 7 });
    await expect(host.request("patch", "box", { owner: null, size: 8 })).rejects.toMatchObject({
      code: "bad_request",
      message: 'Field validation failed: required field "owner" can\'t be cleared',
    });
    expect(await host.read("box")).toEqual({ owner: "ann", size: 7 });
  });

  test("passes nulls to its handler unchanged", async () => {
    const host = await startTestHost(boxes);
    const answer = await host.request("patch", "seen", { size: null, hint: "red" });
    expect(answer?.data).toEqual({ input: { size: null, hint: "red" } });
  });

  test("is rejected on a standby, so that the host forwards it", async () => {
    const host = await startTestHost(boxes);
    host.system.standby = true;
    await expect(host.request("patch", "box", {})).rejects.toMatchObject({ code: "read_only" });
  });
});

test("null in a write counts as absent", async () => {
  const host = await startTestHost(factory());
  await host.write("item/a", { size: null });
  expect(await host.read("item/a")).toEqual({ name: "a", size: 0 });
});

describe("a field of the query string", () => {
  const answers: BackendFactory = () => ({
    help: "For tests.",
    paths: [
      definePath("lease", {
        help,
        params: {},
        fields: {
          ttl: f.durationSecond({ description: "TTL.", query: true }),
          count: f.int({ description: "Count.", query: true }),
          fresh: f.bool({ description: "Fresh.", query: true }),
          names: f.commaStringSlice({ description: "Names.", query: true }),
        },
        read: ({ input }) => reply({ data: { ...input }, warnings: ["ttl is capped"] }),
        update: ({ input }) => ({ ...input }),
      }),
    ],
  });

  test("is parsed from the strings of a read, and from the body of a write", async () => {
    const host = await startTestHost(answers);
    const sent = { ttl: "1h", count: "3", fresh: "true", names: ["a", "b"] };
    const typed = { ttl: 3600, count: 3, fresh: true, names: ["a", "b"] };
    expect(await host.request("read", "lease", sent)).toMatchObject({
      data: typed,
      warnings: ["ttl is capped"],
    });
    expect((await host.request("update", "lease", { ...typed, ttl: 60 }))?.data).toEqual({
      ...typed,
      ttl: 60,
    });
  });

  test("of the wrong type is rejected in a read", async () => {
    const host = await startTestHost(answers);
    await expect(host.request("read", "lease", { ttl: "soon" })).rejects.toMatchObject({
      code: "bad_request",
    });
  });
});

describe("refusals", () => {
  test.for<
    [name: string, operation: string, path: string, data: Record<string, unknown>, code: string]
  >([
    ["a path that isn't there", "read", "nothing", {}, "unsupported_path"],
    ["an operation that the path hasn't", "list", "item/a", {}, "unsupported_operation"],
    [
      "an operation that the framework doesn't know",
      "alias-lookahead",
      "item/a",
      {},
      "unsupported_operation",
    ],
    ["an operation named like a property", "constructor", "item/a", {}, "unsupported_operation"],
    ["a field of the wrong type", "update", "item/a", { size: "x" }, "bad_request"],
    ["a parameter that is too long", "read", "item/a23456789", {}, "bad_request"],
    ["a renewal without a secret", "renew", "", {}, "internal"],
  ])("%s", async ([, operation, path, data, code]) => {
    const host = await startTestHost(factory());
    await expect(host.request(operation, path, data)).rejects.toMatchObject({ code });
    expect(host.storage.keys()).toEqual([]);
  });
});

test("a preliminary request of the host gets an empty response", async () => {
  const host = await startTestHost(factory());
  expect(await host.request("resolve-path", "item/a")).toBeUndefined();
  expect(await host.request("rollback", "")).toBeUndefined();
});

test("unknown parameters, and those that the path sets, are reported in a warning", async () => {
  const host = await startTestHost(factory());
  const answer = await host.write("item/a", { name: "b", sise: 1, colour: "red" });
  expect(answer?.warnings).toEqual([
    "Endpoint ignored these unrecognized parameters: [colour sise]",
    "Endpoint replaced the value of these parameters with the values captured from the endpoint's path: [name]",
  ]);
  expect(host.storage.keys()).toEqual(["item/a"]);
});

test("on a standby, a write is rejected before its handler runs, and a read is served", async () => {
  const host = await startTestHost(factory());
  host.system.standby = true;
  await expect(host.write("item/a")).rejects.toMatchObject({ code: "read_only" });
  expect(host.storage.keys()).toEqual([]);
  expect(await host.read("item/a")).toBeUndefined();
});

describe("on a performance secondary", () => {
  test("a write is rejected before its handler runs, unless the mount is local", async () => {
    const host = await startTestHost(factory());
    host.system.performance = "secondary";
    for (const operation of ["create", "update", "delete"])
      await expect(host.request(operation, "item/a")).rejects.toMatchObject({ code: "read_only" });
    expect(host.storage.keys()).toEqual([]);
    expect(await host.read("item/a")).toBeUndefined();
    host.system.localMount = true;
    await host.write("item/a");
    expect(host.storage.keys()).toEqual(["item/a"]);
  });

  test("a path of local writes handles them, and only its local storage can change", async () => {
    const host = await startTestHost(({ storage }) => ({
      help: "For tests.",
      specialPaths: { localStorage: ["local/"] },
      paths: [
        definePath("local/:name", {
          help,
          params: { name: f.nameString({ description: "Name." }) },
          localWrites: true,
          update: ({ params }) => storage.put(`local/${params.name}`, Buffer.from("1")),
          delete: ({ params }) => storage.delete(`shared/${params.name}`),
        }),
      ],
    }));
    host.system.performance = "secondary";
    await host.write("local/a");
    expect(host.storage.keys()).toEqual(["local/a"]);
    await expect(host.request("delete", "local/a")).rejects.toMatchObject({ code: "read_only" });
    host.system.standby = true;
    await expect(host.write("local/b")).rejects.toMatchObject({ code: "read_only" });
  });
});

describe("secrets", () => {
  test("are issued, renewed and revoked with their stored data", async () => {
    const calls: string[] = [];
    const host = await startTestHost(factory(calls));
    const issued = await host.request("read", "pass/ann");
    expect(issued?.data).toEqual({ pass: "123" });
    expect(issued?.lease).toMatchObject({
      ttl: 30,
      maxTtl: 300,
      renewable: true,
      internal: { user: "ann", secret_type: "pass" },
    });
    const renewed = await host.renew(issued?.lease, 45);
    expect(renewed?.lease).toMatchObject({
      ttl: 45,
      maxTtl: 600,
      internal: { user: "ann", secret_type: "pass" },
    });
    await host.revoke(renewed?.lease);
    expect(calls).toEqual(["renew ann 45", "revoke ann"]);
  });

  test.for([
    ["of another kind", { secret_type: "other", user: "ann" }, "internal"],
    ["without what was kept", { secret_type: "pass" }, "corrupt_entry"],
  ] as const)("%s are rejected", async ([, internal, code]) => {
    const host = await startTestHost(factory());
    const lease = host.addLease("pass/ann", { ttl: 1, maxTtl: 1, renewable: true, internal });
    await expect(host.revoke(lease)).rejects.toMatchObject({ code });
  });
});

test("path-help describes the mount and a path", async () => {
  const host = await startTestHost(factory());
  expect((await host.request("help", ""))?.data?.["help"]).toContain("For tests.");
  expect((await host.request("help", "item/a"))?.data?.["help"]).toContain("size (int)");
  await expect(host.request("help", "nothing")).rejects.toBeInstanceOf(PluginError);
});
