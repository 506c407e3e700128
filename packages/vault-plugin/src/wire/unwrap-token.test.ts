import { describe, expect, test } from "vitest";
import { takeUnwrapToken } from "./unwrap-token.ts";

describe("the unwrap token", () => {
  test.for([
    { name: "OpenBao's", env: { BAO_UNWRAP_TOKEN: "b", VAULT_UNWRAP_TOKEN: "v" }, token: "b" },
    { name: "Vault's", env: { VAULT_UNWRAP_TOKEN: "v" }, token: "v" },
    {
      name: "there in spite of what is off",
      env: {
        VAULT_UNWRAP_TOKEN: "v",
        BAO_PLUGIN_AUTOMTLS_ENABLED: "false",
        BAO_PLUGIN_METADATA_MODE: "false",
      },
      token: "v",
    },
    {
      name: "of no use with AutoMTLS",
      env: { VAULT_UNWRAP_TOKEN: "v", VAULT_PLUGIN_AUTOMTLS_ENABLED: "true" },
    },
    {
      name: "not needed with the certificate of a host",
      env: { PLUGIN_CLIENT_CERT: "-----BEGIN" },
    },
    {
      name: "of no use in OpenBao's metadata mode",
      env: { BAO_UNWRAP_TOKEN: "b", BAO_PLUGIN_METADATA_MODE: "true" },
    },
    { name: "not needed in Vault's metadata mode", env: { VAULT_PLUGIN_METADATA_MODE: "true" } },
  ])("is $name", ({ env, token }) => {
    expect(takeUnwrapToken({ ...env })).toBe(token);
  });

  test("is removed from the environment, and nothing else is", () => {
    const env = { BAO_UNWRAP_TOKEN: "b", VAULT_UNWRAP_TOKEN: "v", PATH: "/bin" };
    takeUnwrapToken(env);
    expect(env).toEqual({ PATH: "/bin" });
  });

  test("is required for a host that offers no other TLS", () => {
    expect(() => takeUnwrapToken({ BAO_UNWRAP_TOKEN: "" })).toThrow(
      expect.objectContaining({
        code: "internal",
        message:
          "the host offers neither AutoMTLS nor a wrapped certificate; run it with a server that offers one of them",
      }),
    );
  });
});
