import { expect, test } from "vitest";
import { withoutServerVariables } from "./server-environment.ts";

test("variables of OpenBao and Vault are left out, and no others", () => {
  expect(
    withoutServerVariables({
      BAO_ADDR: "http://elsewhere",
      BAO_FORMAT: "json",
      VAULT_TOKEN: "s.token",
      VAULT_NAMESPACE: "team",
      PATH: "/usr/bin",
      MY_VAULT_TOKEN: "kept",
      VAULTED: "kept",
    }),
  ).toEqual({ PATH: "/usr/bin", MY_VAULT_TOKEN: "kept", VAULTED: "kept" });
});
