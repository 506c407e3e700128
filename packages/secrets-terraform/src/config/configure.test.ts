import { beforeEach, describe, expect, test } from "vitest";
import { useMount } from "../testing-fixtures/use-mount.ts";

const mount = useMount();
const stored = () => mount.host.storage.json("config") as Readonly<Record<string, unknown>>;

test("writes that come at once all succeed, though each changes what the others read", async () => {
  const { token } = mount.simulator.credentials;
  const timeouts = Array.from({ length: 16 }, (_, index) => index + 1);
  await Promise.all(
    timeouts.map((request_timeout) => mount.host.write("config", { token, request_timeout })),
  );
  expect(timeouts.map((seconds) => seconds * 1e9)).toContain(stored()["request_timeout"]);
});

describe("an entry that can't be read", () => {
  beforeEach(async () => {
    mount.host.storage.putJson("config", { token: 5 });
    await mount.host.restart();
  });

  test("is replaced by a write of an address with its token, and by no other", async () => {
    const { address, credentials } = mount.simulator;
    const { token } = credentials;
    await expect(mount.host.write("config", { token })).rejects.toMatchObject({
      code: "corrupt_entry",
    });
    await mount.host.write("config", { address, token });
    expect(await mount.host.read("config")).toMatchObject({ address });
  });

  test("can be deleted", async () => {
    await mount.host.request("delete", "config");
    expect(mount.host.storage.keys()).toEqual([]);
  });
});

test("a token that is written again keeps the time from which it is rotated", async () => {
  const { token } = mount.simulator.credentials;
  await mount.host.write("config", { token, rotation_period: 3600 });
  const since = stored()["token_since"];
  await mount.host.advance(1800);
  await mount.host.write("config", { token });
  expect(stored()["token_since"]).toBe(since);
  const another = mount.simulator.world.grant(
    { type: "users", id: "user-12345abcde" },
    { description: "another" },
  );
  await mount.host.write("config", { token: another.text });
  expect(stored()["token_since"]).not.toBe(since);
});
