import * as v from "valibot";
import { describe, expect, test } from "vitest";
import type { BackendFactory } from "./backend.ts";
import { PluginError } from "./errors.ts";
import { f } from "./fields/field.ts";
import { definePath } from "./path.ts";
import { list, reply } from "./reply.ts";
import { defineSecret } from "./secret.ts";
import { startTestHost } from "./testing/index.ts";

const help = { synopsis: "A path.", description: "A path." };

/** A small plugin with a path of each sort. */
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
          fields: { size: f.int({ description: "Size." }), hint: f.string({ description: "Hint." }) },
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
        definePath("item/?", { help, params: {}, list: async () => list(await storage.list("item/")) }),
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

test("a write creates, then updates; a read gives what is stored", async () => {
  const host = await startTestHost(factory());
  expect((await host.write("item/Box", { size: "3" }))?.data).toEqual({ made: true });
  expect(await host.write("item/box", { size: 4 })).toBeUndefined();
  expect(await host.read("item/BOX")).toEqual({ name: "box", size: 4 });
  await host.request("delete", "item/box");
  expect(await host.read("item/box")).toBeUndefined();
});

test("a list gives names, sorted; an empty one gives no keys", async () => {
  const host = await startTestHost(factory());
  expect((await host.request("list", "item/"))?.data).toEqual({});
  await host.write("item/b");
  await host.write("item/a");
  expect((await host.request("list", "item/"))?.data).toEqual({ keys: ["a", "b"] });
});

describe("refusals", () => {
  test.for<[name: string, operation: string, path: string, data: Record<string, unknown>, code: string]>([
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

test("what the host asks beforehand gets the empty answer", async () => {
  const host = await startTestHost(factory());
  expect(await host.request("resolve-path", "item/a")).toBeUndefined();
  expect(await host.request("rollback", "")).toBeUndefined();
});

test("parameters that aren't known, or that the path sets itself, are told in a warning", async () => {
  const host = await startTestHost(factory());
  const answer = await host.write("item/a", { name: "b", sise: 1, colour: "red" });
  expect(answer?.warnings).toEqual([
    "Endpoint ignored these unrecognized parameters: [colour sise]",
    "Endpoint replaced the value of these parameters with the values captured from the endpoint's path: [name]",
  ]);
  expect(host.storage.keys()).toEqual(["item/a"]);
});

test("on a standby a write is refused before its handler runs, a read is served", async () => {
  const host = await startTestHost(factory());
  host.system.standby = true;
  await expect(host.write("item/a")).rejects.toMatchObject({ code: "read_only" });
  expect(host.storage.keys()).toEqual([]);
  expect(await host.read("item/a")).toBeUndefined();
});

describe("secrets", () => {
  test("are issued, renewed and revoked with what was kept", async () => {
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
  ] as const)("%s are refused", async ([, internal, code]) => {
    const host = await startTestHost(factory());
    const lease = host.addLease("pass/ann", { ttl: 1, maxTtl: 1, renewable: true, internal });
    await expect(host.revoke(lease)).rejects.toMatchObject({ code });
  });
});

test("help is given for the mount and for a path", async () => {
  const host = await startTestHost(factory());
  expect((await host.request("help", ""))?.data?.["help"]).toContain("For tests.");
  expect((await host.request("help", "item/a"))?.data?.["help"]).toContain("size (int)");
  await expect(host.request("help", "nothing")).rejects.toBeInstanceOf(PluginError);
});
