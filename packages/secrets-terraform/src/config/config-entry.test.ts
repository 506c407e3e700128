import { describe, expect, test } from "vitest";
import { useMount } from "../testing-fixtures/use-mount.ts";

const mount = useMount();
const organization = "hashicorp-vault-testing";

const address = () => mount.simulator.address;
/** The configuration as HashiCorp's engine stores it. */
function storeGoConfig(connection: { readonly address: string; readonly base_path: string }) {
  const { token } = mount.simulator.credentials;
  mount.host.storage.putJson("config", { token, ...connection });
  mount.host.invalidate("config");
}

describe("a connection that HashiCorp's engine stored", () => {
  test.for<[name: string, path: string, base_path: string]>([
    ["without the first slash of base_path", "", "api/v2/"],
    ["without both slashes of base_path", "", "api/v2"],
    ["with an empty base_path", "", ""],
    ["with a path in address", "/app", "/api/v2/"],
    ["with a query in address", "/?a=b", "/api/v2/"],
  ])("%s is used, and stays as it is", async ([, path, base_path]) => {
    const stored = { address: `${address()}${path}`, base_path };
    storeGoConfig(stored);
    const read = { ...stored, base_path: base_path || "/api/v2/" };
    await mount.host.write("role/a", { user_id: "user-12345abcde" });
    await mount.host.write("role/org", { organization });
    const lease = (await mount.host.request("read", "creds/a"))?.lease;
    const { token } = (await mount.host.read("creds/org")) ?? {};
    expect(mount.isAlive(token)).toBe(true);
    expect(await mount.host.read("check")).toMatchObject({ ok: true });
    await mount.host.revoke(lease);
    expect(await mount.host.read("config")).toMatchObject(read);

    // As the Terraform provider renews the token, and as a script does.
    const renewed = mount.simulator.credentials.token;
    expect(await mount.host.write("config", { token: renewed })).toBeUndefined();
    expect(await mount.host.write("config", { token: renewed, ...stored })).toBeUndefined();
    expect(await mount.host.read("config")).toMatchObject(read);
    // Another spelling of the connection in use needs no token, and moves no stored one.
    const plain = { address: address(), base_path: "/api/v2/" };
    expect(await mount.host.write("config", plain)).toBeUndefined();
    expect(await mount.host.read("config")).toMatchObject(plain);
    expect(await mount.host.read("creds/org")).toMatchObject({ token });
  });
});

test("a base_path is written with the first slash or without", async () => {
  const { token } = mount.simulator.credentials;
  await mount.host.write("config", { token, address: address(), base_path: "api/v2" });
  expect(await mount.host.read("config")).toMatchObject({ base_path: "api/v2" });
});

test.for<[name: string, token: Readonly<Record<string, string>>]>([
  ["with a token", { token: "new" }],
  ["without one", {}],
])("a new address with a path is rejected %s", async ([, token]) => {
  await expect(
    mount.host.write("config", { address: `${address()}/app`, ...token }),
  ).rejects.toMatchObject({
    code: "bad_request",
    message: "address must be http:// or https:// and a host, such as https://app.terraform.io",
  });
});
