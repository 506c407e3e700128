import { Redacted } from "@vault-ts/vault-plugin";
import { describe, expect, test } from "vitest";
import { type Config, mergeConfig } from "./config.ts";

const current: Config = {
  ...mergeConfig(undefined, { token: new Redacted("old"), address: "https://tfe.example.com" }),
  token_owner_type: "user",
};

test("the first write has the defaults of what it doesn't name", () => {
  expect(mergeConfig(undefined, { token: new Redacted("t") })).toEqual({
    token: new Redacted("t"),
    address: "https://app.terraform.io",
    base_path: "/api/v2/",
    ca_cert: "",
    request_timeout: 30,
    explicit_max_ttl: 0,
    pending_address: "",
    token_owner_type: "",
    owner_id: "",
    token_id: "",
    token_expired_at: "",
  });
});

describe("the address", () => {
  test.for<[name: string, input: Parameters<typeof mergeConfig>[1], address: string, pending: string]>([
    ["stays with a new token alone", { token: new Redacted("new") }, "https://tfe.example.com", ""],
    ["moves with a token", { token: new Redacted("new"), address: "https://other" }, "https://other", ""],
    ["waits for a token", { address: "https://other" }, "https://tfe.example.com", "https://other"],
    [
      "waits, for the default one too",
      { address: "" },
      "https://tfe.example.com",
      "https://app.terraform.io",
    ],
    [
      "waits, with an empty token too",
      { address: "https://other", token: new Redacted("") },
      "https://tfe.example.com",
      "https://other",
    ],
    ["that is the same doesn't wait", { address: "https://tfe.example.com" }, "https://tfe.example.com", ""],
  ])("%s", ([, input, address, pending_address]) => {
    expect(mergeConfig(current, input)).toMatchObject({ address, pending_address });
  });

  test("that waits takes effect with the next token", () => {
    const waiting = mergeConfig(current, { address: "https://other" });
    expect(mergeConfig(waiting, { explicit_max_ttl: 5 })).toMatchObject({ pending_address: "https://other" });
    expect(mergeConfig(waiting, { token: new Redacted("new") })).toMatchObject({
      address: "https://other",
      pending_address: "",
    });
    expect(mergeConfig(waiting, { address: current.address })).toMatchObject({ pending_address: "" });
  });

  test("moves freely while there is no token that could be sent there", () => {
    const tokenless = mergeConfig(undefined, { address: "https://one" });
    expect(mergeConfig(tokenless, { address: "https://two" })).toMatchObject({
      address: "https://two",
      pending_address: "",
    });
  });
});

test("an empty text brings back a default, and clears ca_cert", () => {
  const changed = mergeConfig(current, { base_path: "/tfe/", ca_cert: "PEM" });
  expect(changed).toMatchObject({ base_path: "/tfe/", ca_cert: "PEM" });
  expect(mergeConfig(changed, { base_path: "", ca_cert: "" })).toMatchObject({
    base_path: "/api/v2/",
    ca_cert: "",
  });
});
