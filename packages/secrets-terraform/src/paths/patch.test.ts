import { describe, expect, test } from "vitest";
import { useMount } from "../testing-fixtures/use-mount.ts";

const mount = useMount();
const patch = (path: string, data: Readonly<Record<string, unknown>>) =>
  mount.host.request("patch", path, data);

describe("a patch of a role", () => {
  test("leaves fields that it doesn't have unchanged, and null clears", async () => {
    await mount.host.write("role/a", { user_id: "user-12345abcde", ttl: 60, description: "ci" });
    await patch("role/a", { description: null, max_ttl: 90 });
    const role = await mount.host.read("role/a");
    expect(role).toMatchObject({ user_id: "user-12345abcde", ttl: 60, max_ttl: 90 });
    expect(role).not.toHaveProperty("description");
  });

  test("that doesn't exist is 404, and none is stored", async () => {
    await expect(patch("role/none", { user_id: "user-12345abcde" })).rejects.toMatchObject({
      code: "not_found",
      message: `patching role "none" failed: it doesn't exist; write it first`,
    });
    expect(await mount.host.read("role/none")).toBeUndefined();
  });

  test("whose result breaks a rule is rejected", async () => {
    await mount.host.write("role/a", { user_id: "user-12345abcde" });
    await expect(patch("role/a", { user_id: null })).rejects.toMatchObject({ code: "bad_request" });
    expect(await mount.host.read("role/a")).toMatchObject({ user_id: "user-12345abcde" });
  });
});

describe("a patch of the configuration", () => {
  test("leaves fields that it doesn't have unchanged, and null restores the default", async () => {
    await mount.host.write("config", { request_timeout: 7, explicit_max_ttl: 300 });
    await patch("config", { request_timeout: null });
    expect(await mount.host.read("config")).toMatchObject({
      address: mount.simulator.address,
      request_timeout: 30,
      explicit_max_ttl: 300,
    });
  });

  test("doesn't clear the token", async () => {
    await expect(patch("config", { token: null })).rejects.toMatchObject({
      code: "bad_request",
      message: `field "token" can't be cleared: write another token, or delete config`,
    });
  });

  test("that clears the address doesn't change the connection in use", async () => {
    await patch("config", { address: null });
    expect(await mount.host.read("config")).toMatchObject({
      address: mount.simulator.address,
      pending_address: "https://app.terraform.io",
    });
  });
});

test.for([
  ["a line break at its end", "\n"],
  ["a CRLF at its end", "\r\n"],
])("a token is accepted with %s", async ([, end]) => {
  const { token } = mount.simulator.credentials;
  await mount.host.write("config", { token: `${token}${end}` });
  expect(mount.host.storage.json("config")).toMatchObject({ token });
});

test.for([
  ["address", { address: null }],
  ["verify_connection", { verify_connection: null, token: "not-a-token" }],
])("null of %s is not sent", async ([, input]) => {
  const before = mount.host.storage.json("config");
  await mount.host.write("config", input as Record<string, unknown>).catch(() => {});
  expect(mount.host.storage.json("config")).toEqual(before);
});
