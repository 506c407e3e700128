import { type Client, createClient } from "@vault-ts/go-plugin";
import * as v from "valibot";
import { beforeEach, describe, expect, test } from "vitest";
import type { Backend } from "../backend.ts";
import { PluginError } from "../errors.ts";
import { f } from "../fields/field.ts";
import type { Mount } from "../mount.ts";
import { definePath } from "../path.ts";
import { defineSecret } from "../secret.ts";
import { defineWal } from "../wal.ts";
import { backendService } from "./backend-service.ts";
import {
  Auth,
  BackendDefinition,
  Request,
  StorageDefinition,
  SystemViewDefinition,
} from "./gen/pb/backend.ts";
import { channelTo, partOf } from "./testing-fixtures/in-process.ts";

const help = { synopsis: "A path.", description: "A path." };

/** A backend that records its calls. */
function backendOf({ storage, uuid }: Mount, told: string[]): Backend {
  const pass = defineSecret({
    type: "pass",
    internal: v.object({}),
    renew: async () => {
      throw new PluginError("bad_request", "not again");
    },
    revoke: async () => {
      told.push("revoked");
    },
  });
  return {
    help: "For tests.",
    secrets: [pass],
    wals: [
      defineWal({ kind: "operation", data: v.unknown(), minAge: 1, rollback: async () => "done" }),
    ],
    specialPaths: { root: ["r"], unauthenticated: ["u"], sealWrapStorage: ["s/"] },
    initialize: async () => void told.push(`initialized ${uuid}`),
    cleanup: async () => {
      told.push("cleaned up");
      throw new Error("no matter");
    },
    invalidate: (key) => void told.push(`invalidated ${key}`),
    paths: [
      definePath("item/:name", {
        help,
        params: { name: f.nameString({ description: "Name.", maxLength: 10 }) },
        exists: async ({ params }) => (await storage.get(params.name)) !== undefined,
        read: async ({ params }) => ({
          value: Buffer.from((await storage.get(params.name)) ?? []).toString(),
        }),
        update: ({ params }) => {
          if (params.name === "mistake") throw new PluginError("bad_request", "not like that");
          if (params.name === "broken") throw new TypeError("hunter2");
          if (params.name === "text") throw "hunter2";
          throw new PluginError("not_found", "not there");
        },
      }),
      definePath("other", { help, params: {}, read: () => undefined }),
    ],
  };
}

/** The host's side of one mount: its storage holds one entry. */
const hostServices = [
  partOf(StorageDefinition, {
    get: async ({ key }) => ({
      entry: key === "a" ? { key, value: Buffer.from("1"), sealWrap: false } : undefined,
      err: "",
    }),
  }),
  partOf(SystemViewDefinition, {
    replicationState: async () => ({ state: 0 }),
  }),
];

let told: string[];
let logs: string[];
let mounts: (id: string) => Client<typeof BackendDefinition>;

const requestOf = (fields: Partial<Request>): { storageId: number; request: Request } => ({
  storageId: 0,
  request: { ...Request.decode(new Uint8Array()), ...fields },
});

beforeEach(() => {
  told = [];
  logs = [];
  const log = (message: string, fields?: object) =>
    void logs.push(`${message} ${JSON.stringify(fields)}`);
  const logger = { trace: log, debug: log, info: log, warn: log, error: log };
  const broker = { dial: async () => channelTo(hostServices) };
  const served = backendService(
    (mount) => {
      if (mount.uuid === "bad") throw new Error("no such mount");
      return mount.uuid === "auth"
        ? { help: "", paths: [], auth: { renew: async () => ({ ttl: 60, maxTtl: 90 }) } }
        : backendOf(mount, told);
    },
    broker,
    logger,
  );
  mounts = (id) =>
    createClient(BackendDefinition, channelTo([served], new Map([["multiplex_id", id]])));
});

const setUp = async (id: string, backendUuid = id): Promise<Client<typeof BackendDefinition>> => {
  expect(await mounts(id).setup({ brokerId: 1, config: new Map(), backendUuid })).toEqual({
    err: "",
  });
  return mounts(id);
};

describe("the life of a mount", () => {
  test("begins with its setup, and ends with its cleanup", async () => {
    const one = await setUp("one");
    const two = await setUp("two");
    await one.initialize({});
    await two.invalidateKey({ key: "k" });
    await one.cleanup({});
    expect(told).toEqual(["initialized one", "invalidated k", "cleaned up"]);
    expect(
      (await one.handleRequest(requestOf({ operation: "read", path: "other" }))).err,
    ).toMatchObject({
      errMsg: "the host called a mount that it had not set up",
    });
    expect(
      (await two.handleRequest(requestOf({ operation: "read", path: "other" }))).err,
    ).toBeUndefined();
  });

  test("of a host with one mount per process needs no id", async () => {
    const served = backendService(
      (mount) => backendOf(mount, told),
      { dial: async () => channelTo(hostServices) },
      { trace() {}, debug() {}, info() {}, warn() {}, error() {} },
    );
    const client = createClient(BackendDefinition, channelTo([served]));
    await client.setup({ brokerId: 1, config: new Map(), backendUuid: "u" });
    expect((await client.type({})).type).toBe(1);
  });

  test("doesn't start if its backend can't be created", async () => {
    const answer = await mounts("x").setup({ brokerId: 1, config: new Map(), backendUuid: "bad" });
    expect(answer.err).toBe("internal error of the plugin; see the server's log for details");
    expect(logs.join()).toContain("no such mount");
  });

  test("returns its type and its special paths", async () => {
    expect((await (await setUp("one")).type({})).type).toBe(1);
    expect((await (await setUp("auth")).type({})).type).toBe(2);
    expect((await mounts("one").specialPaths({})).paths).toMatchObject({
      root: ["r"],
      unauthenticated: ["u"],
      sealWrapStorage: ["s/"],
      localStorage: ["wal/"],
    });
  });

  test("whose start fails returns the error", async () => {
    const failing = backendService(
      () => ({
        help: "",
        paths: [],
        initialize: () => Promise.reject(new PluginError("upstream", "not up")),
      }),
      { dial: async () => channelTo(hostServices) },
      { trace() {}, debug() {}, info() {}, warn() {}, error() {} },
    );
    const client = createClient(BackendDefinition, channelTo([failing]));
    await client.setup({ brokerId: 1, config: new Map(), backendUuid: "u" });
    expect((await client.initialize({})).err).toMatchObject({
      errType: 3,
      errCode: 502n,
      errMsg: "not up",
    });
  });
});

describe("a request", () => {
  test("is answered", async () => {
    const mount = await setUp("one");
    const { response, err } = await mount.handleRequest(
      requestOf({ operation: "read", path: "item/a" }),
    );
    expect(response?.data).toBe('{"value":"1"}');
    expect(err).toBeUndefined();
    const nothing = await mount.handleRequest(requestOf({ operation: "read", path: "other" }));
    expect(nothing).toEqual({ response: undefined, err: undefined });
  });

  test.for<[name: string, path: string, data: string | undefined, err: object | undefined]>([
    [
      "mistaken is data, for the host's 400",
      "item/mistake",
      '{"error":"not like that"}',
      undefined,
    ],
    [
      "refused otherwise is an error",
      "item/x",
      undefined,
      { errType: 3, errCode: 404n, errMsg: "not there" },
    ],
    [
      "that breaks the handler is an error without its words",
      "item/broken",
      undefined,
      { errType: 2, errMsg: "internal error of the plugin; see the server's log for details" },
    ],
    [
      "that breaks the handler with something that is no error",
      "item/text",
      undefined,
      { errType: 2, errMsg: "internal error of the plugin; see the server's log for details" },
    ],
    ["to no path", "nothing", undefined, { errType: 6 }],
  ])("%s", async ([, path, data, err]) => {
    const mount = await setUp("one");
    const reply = await mount.handleRequest(requestOf({ operation: "update", path }));
    expect(reply.response?.data).toBe(data);
    if (err) expect(reply.err).toMatchObject(err);
    else expect(reply.err).toBeUndefined();
  });

  test("whose handler throws is logged", async () => {
    const mount = await setUp("one");
    await mount.handleRequest(requestOf({ operation: "update", path: "item/broken" }));
    expect(logs.join()).toContain("TypeError");
    expect(logs.join()).toContain("hunter2");
  });

  test("that is missing is rejected", async () => {
    const mount = await setUp("one");
    const { err } = await mount.handleRequest({ storageId: 0, request: undefined });
    expect(err).toMatchObject({ errType: 2, errMsg: "the host sent a call without its request" });
  });

  test("about a lease that is rejected is a gRPC-level error, as a host expects", async () => {
    const mount = await setUp("one");
    const secret = { leaseId: "", internalData: '{"secret_type":"pass"}', leaseOptions: undefined };
    const renewed = await mount.handleRequest(requestOf({ operation: "renew", secret }));
    expect(renewed.err).toMatchObject({ errType: 4, errMsg: "not again" });
    expect(
      (await mount.handleRequest(requestOf({ operation: "revoke", secret }))).err,
    ).toBeUndefined();
    expect(told).toEqual(["revoked"]);
    expect((await mount.handleRequest(requestOf({ operation: "revoke" }))).err).toMatchObject({
      errType: 2,
    });
  });

  test("to renew a login returns it with new terms", async () => {
    const mount = await setUp("auth");
    const auth: Auth = { ...Auth.decode(new Uint8Array()), entityId: "e-1" };
    const { response } = await mount.handleRequest(requestOf({ operation: "renew", auth }));
    expect(response?.auth).toMatchObject({
      entityId: "e-1",
      leaseOptions: { ttl: 60_000_000_000n },
    });
  });
});

describe("an existence check", () => {
  test.for([
    ["item/a", { checkFound: true, exists: true, err: undefined }],
    ["item/b", { checkFound: true, exists: false, err: undefined }],
    ["other", { checkFound: false, exists: false, err: undefined }],
    [
      "nothing",
      {
        checkFound: false,
        exists: false,
        err: { errType: 6, errMsg: "unsupported path", errCode: 0n },
      },
    ],
  ] as const)("of %s", async ([path, answer]) => {
    const mount = await setUp("one");
    expect(await mount.handleExistenceCheck(requestOf({ operation: "update", path }))).toEqual(
      answer,
    );
  });

  test("of an invalid name is a user's mistake, in the type that a host reports", async () => {
    const mount = await setUp("one");
    const request = requestOf({ operation: "update", path: "item/too-long-a-name" });
    expect((await mount.handleExistenceCheck(request)).err).toEqual({
      errType: 1,
      errMsg: 'Field validation failed: field "name" must be at most 10 characters',
      errCode: 0n,
    });
  });
});
