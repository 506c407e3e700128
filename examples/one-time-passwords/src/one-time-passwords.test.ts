import { startTestHost } from "@vault-ts/vault-plugin/testing";
import { expect, test } from "vitest";
import { createBackend } from "./one-time-passwords.ts";

test("a password works once", async () => {
  const host = await startTestHost(createBackend);
  const password = (await host.read("password/ann"))?.["password"];
  expect(password).toMatch(/^[\w-]{24}$/);
  expect((await host.write("verify", { password }))?.data).toEqual({ valid: true, user: "ann" });
  expect((await host.write("verify", { password }))?.data).toEqual({ valid: false });
});

test("a password works once for many who try at once", async () => {
  const host = await startTestHost(createBackend);
  const password = (await host.read("password/ann"))?.["password"];
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => host.write("verify", { password })),
  );
  expect(answers.filter((answer) => answer?.data?.["valid"])).toHaveLength(1);
});

test("a password ends with its lease", async () => {
  const host = await startTestHost(createBackend);
  const issued = await host.request("read", "password/ann", { length: "16" });
  expect((await host.renew(issued?.lease))?.lease).toMatchObject({ ttl: 60, maxTtl: 600 });
  await host.revoke(issued?.lease);
  expect((await host.write("verify", issued?.data))?.data).toEqual({ valid: false });
  expect(host.storage.keys()).toEqual([]);
});

test("a length that isn't offered is refused", async () => {
  const host = await startTestHost(createBackend);
  await expect(host.request("read", "password/ann", { length: 8 })).rejects.toMatchObject({
    code: "bad_request",
    message: 'Field validation failed: field "length" must be one of 16, 24, 32',
  });
});
