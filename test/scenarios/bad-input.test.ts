import { expect } from "vitest";
import { newMount } from "../support/mount.ts";
import { scenario } from "../support/scenario.ts";
import { putText, statusForBadJson, statusForString } from "../support/server-behaviour.ts";
import { useServer } from "../support/use-server.ts";

const use = useServer();

type Case = readonly [path: string, written: Record<string, unknown>, says: string];

const user_id = "user-1";
const CASES: readonly Case[] = [
  ["role/a", { user_id, ttl: "abc" }, 'field "ttl" must be a duration'],
  ["role/a", { user_id, ttl: -1 }, 'field "ttl" must be a duration, zero or more'],
  ["role/a", { user_id, max_ttl: 99_999_999_999 }, 'field "max_ttl" must be a duration'],
  ["role/a", { user_id, max_ttl: ["1h"] }, 'field "max_ttl" must be a duration'],
  ["role/a", { user_id: { a: 1 } }, 'field "user_id" must be a string'],
  [
    "role/a",
    { user_id: "../../organizations" },
    'field "user_id" must be letters, digits, - and _',
  ],
  ["role/a", { user_id: "user-1\n" }, 'field "user_id" must be letters, digits, - and _'],
  ["role/a", { organization: "a/b" }, 'field "organization" must be letters, digits, - and _'],
  ["role/a", { team_id: "team-ü" }, 'field "team_id" must be letters, digits, - and _'],
  ["role/a", { user_id: "u".repeat(129) }, 'field "user_id" must be at most 128 characters'],
  [
    "role/a",
    { user_id, description: "a\u0000b" },
    'field "description" must be a string without control characters: it has a control character',
  ],
  [
    "role/a",
    { user_id, description: "d".repeat(201) },
    'field "description" must be at most 200 characters',
  ],
  ["role/a", { user_id, credential_type: "org" }, 'field "credential_type" must be one of'],
  ["config", { token: "with space" }, 'field "token" must be a token as Terraform Cloud shows it'],
  ["config", { token: "x", address: "ftp://example.com" }, "address"],
  ["config", { token: "x", address: "example.com" }, "address"],
  ["config", { token: "x", address: "https://example.com/app" }, "address must be http:// or"],
  ["config", { address: "https://example.com/app" }, "address must be http:// or https://"],
  ["config", { token: "x", base_path: "/api v2/" }, 'field "base_path" must be a path'],
  ["config", { token: "x", request_timeout: "2m" }, "request_timeout must be from 1 to 60 seconds"],
  ["config", { token: "x", request_timeout: 0 }, "request_timeout must be from 1 to 60 seconds"],
  ["config", { token: "x", ca_cert: "no certificate" }, "ca_cert"],
  [
    "config",
    { token: "x", verify_connection: "perhaps" },
    'field "verify_connection" must be true or false',
  ],
];

scenario(
  ["BAD_INPUT"],
  "bad input is rejected with the field and what it must be, and nothing is stored",
  async () => {
    await using mount = await newMount(use.server);
    for (const [path, written, says] of CASES) {
      const { status, errors } = await mount.write(path, written);
      expect([status, errors.join()], JSON.stringify(written)).toEqual([
        400,
        expect.stringContaining(says),
      ]);
      expect((await mount.read(path)).status).toBe(404);
    }
    expect(mount.simulator.requests).toEqual([]);
  },
);

scenario(
  ["BAD_INPUT"],
  "creds of a role that doesn't exist are 400, and an unknown path is 404",
  async () => {
    await using mount = await newMount(use.server);
    const absent = await mount.read("creds/absent");
    expect(absent).toMatchObject({
      status: 400,
      errors: ['there is no role "absent": write role/absent first'],
    });
    expect((await mount.read("nothing")).status).toBe(404);
    expect((await mount.write("creds/a/b")).status).toBe(404);
    expect((await mount.delete("creds/a")).status).toBe(405);
  },
);

/** What may stand where something else belongs. */
const JUNK: readonly unknown[] = [
  [],
  {},
  [[]],
  { a: { b: [] } },
  true,
  0,
  -1,
  1.5,
  1e300,
  "",
  " ",
  "0x10",
  "1e9h",
  "9999-12-31T00:00:00Z",
  "-1h",
  "../../config",
  "%2e%2e%2f",
  "a\u0000b",
  "line\nbreak",
  "\u202eevil",
  "🦄",
  "'; DROP TABLE",
  "__proto__",
  "x".repeat(300_000),
];

const FIELDS = {
  config: [
    "token",
    "address",
    "base_path",
    "ca_cert",
    "request_timeout",
    "explicit_max_ttl",
    "drift_check_period",
    "verify_connection",
  ],
  "role/a": [
    "organization",
    "team_id",
    "user_id",
    "credential_type",
    "description",
    "ttl",
    "max_ttl",
  ],
};

scenario(
  ["BAD_INPUT"],
  "any value of a field is stored correctly, or is 400 with the field's name",
  async () => {
    await using mount = await newMount(use.server);
    for (const [path, fields] of Object.entries(FIELDS)) {
      for (const field of fields) {
        for (const junk of JUNK) {
          const valid = path === "config" ? {} : { user_id };
          const { status, errors } = await mount.write(path, { ...valid, [field]: junk });
          const what = `${path} ${field} = ${JSON.stringify(junk).slice(0, 40)}: ${status} ${errors.join()}`;
          expect([200, 204, 400], what).toContain(status);
          if (status === 400) {
            expect(errors.join(), what).toMatch(new RegExp(`\\b${field}\\b|verified`));
            expect((await mount.read(path)).status, what).toBe(404);
          }
          await mount.delete(path);
        }
      }
    }
  },
);

scenario(["BAD_INPUT"], "an invalid name is 404 or 400", async () => {
  await using mount = await newMount(use.server);
  for (const name of [
    "a%2Fb",
    "..%2Fconfig",
    "a%20b",
    "%C3%BC",
    "-a",
    "a-",
    "a%00",
    "a%0A",
    "%F0%9F%A6%84",
  ]) {
    expect([400, 404], name).toContain((await mount.write(`role/${name}`, { user_id })).status);
  }
  expect(await mount.write(`role/${"n".repeat(129)}`, { user_id })).toMatchObject({
    status: 400,
    errors: ['Field validation failed: field "name" must be at most 128 characters'],
  });
  expect((await mount.list("role")).status).toBe(404);
});

scenario(
  ["BAD_INPUT"],
  "10 MB in a field, and 10,000 roles, leave the server and the plugin up",
  async () => {
    await using mount = await newMount(use.server);
    const length = 10 * 1024 * 1024;
    const huge = await mount.write("role/a", { user_id, description: "d".repeat(length) });
    const own = await statusForString(use.server, length);
    expect(huge).toMatchObject(
      own === 200
        ? {
            status: 400,
            errors: ['Field validation failed: field "description" must be at most 200 characters'],
          }
        : { status: own },
    );

    const names = Array.from(
      { length: 10_000 },
      (_, index) => `r${String(index).padStart(5, "0")}`,
    );
    const queue = names.values();
    const worker = async () => {
      for (const name of queue)
        expect((await mount.write(`role/${name}`, { user_id })).status).toBe(204);
    };
    await Promise.all(Array.from({ length: 16 }, worker));
    expect((await mount.list("role")).data["keys"]).toEqual(names);
    expect((await mount.list("role?after=r04999&limit=2")).data["keys"]).toEqual([
      "r05000",
      "r05001",
    ]);

    await mount.configure();
    const { organization } = mount.simulator.credentials;
    expect((await mount.write("role/o", { organization })).status).toBe(204);
    expect((await mount.delete("role/o")).status).toBe(204);
    expect((await mount.read("role/r09999")).status).toBe(200);
  },
);

scenario(["BAD_INPUT"], "a body that isn't JSON leaves the server and the plugin up", async () => {
  await using mount = await newMount(use.server);
  const status = await putText(use.server, `${mount.path}/role/a`, "{not json");
  expect(status).toBe(await statusForBadJson(use.server));
  expect(status).toBeGreaterThanOrEqual(400);
  expect((await mount.write("role/a", { user_id })).status).toBe(204);
});
