import { expect, test } from "vitest";
import { isFor, isSameAddress, isSameConnection, pendingOf } from "./connection.ts";

test.for<[same: boolean, a: string, b: string]>([
  [true, "https://tfe.example.com", "https://tfe.example.com/"],
  [true, "https://tfe.example.com", "HTTPS://TFE.example.com:443"],
  [true, "http://localhost:8080", "http://LOCALHOST:8080/"],
  [false, "https://tfe.example.com", "http://tfe.example.com"],
  [false, "https://tfe.example.com", "https://tfe.example.com:8443"],
  [false, "https://tfe.example.com", "https://tfe.example.com.evil.test"],
  [true, "not an address", "not an address"],
])("%s: %s is %s", ([same, a, b]) => {
  expect(isSameAddress(a, b)).toBe(same);
});

const connection = { address: "https://a.test", base_path: "/api/v2/", ca_cert: "" };

test.for<[same: boolean, name: string, other: Partial<typeof connection>]>([
  [true, "the base path without its last slash", { base_path: "/api/v2" }],
  [true, "the base path without its first slash", { base_path: "api/v2/" }],
  [true, "the address with a path, which has no effect", { address: "https://a.test/app" }],
  [false, "another base path", { base_path: "/other/" }],
  [false, "another authority", { ca_cert: "PEM" }],
  [false, "another address", { address: "https://b.test" }],
])("%s: %s is the same connection", ([same, , other]) => {
  expect(isSameConnection(connection, { ...connection, ...other })).toBe(same);
});

const MINUTE_MS = 60_000;
const client = { clientTokenAccessor: "accessor-a", entityId: "" };

test.for<
  [
    fits: boolean,
    name: string,
    writer: { clientTokenAccessor: string; entityId: string },
    ms: number,
  ]
>([
  [true, "the same token", client, 0],
  [true, "the same token ten minutes later", client, 10 * MINUTE_MS],
  [false, "the same token after that", client, 10 * MINUTE_MS + 1],
  [false, "the same token before, since a clock was set back", client, -1],
  [false, "another token", { clientTokenAccessor: "accessor-b", entityId: "" }, 0],
  [
    false,
    "a request that says nothing of its client",
    { clientTokenAccessor: "", entityId: "" },
    0,
  ],
])("%s: a pending connection is for %s", ([fits, , writer, ms]) => {
  expect(isFor(pendingOf(connection, client, 0), writer, ms)).toBe(fits);
});

test("a pending connection is for another token of the same entity", () => {
  const pending = pendingOf(connection, { clientTokenAccessor: "a", entityId: "entity" }, 0);
  expect(isFor(pending, { clientTokenAccessor: "b", entityId: "entity" }, 0)).toBe(true);
});

test("a writer without an identity matches no other", () => {
  const nobody = { clientTokenAccessor: "", entityId: "" };
  expect(isFor(pendingOf(connection, nobody, 0), nobody, 0)).toBe(false);
});
