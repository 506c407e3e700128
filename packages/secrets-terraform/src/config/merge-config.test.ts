import { rootCertificates } from "node:tls";
import { Redacted } from "@vault-ts/vault-plugin";
import { describe, expect, test } from "vitest";
import type { Config } from "./config.ts";
import { mergeConfig } from "./merge-config.ts";

const MINUTE_MS = 60_000;
const alice = { clientTokenAccessor: "alice", entityId: "" };
const bob = { clientTokenAccessor: "bob", entityId: "" };
type Input = Parameters<typeof mergeConfig>[1];

const merge = (stored: Config | undefined, input: Input, writer = alice, now = 0) =>
  mergeConfig(stored, input, writer, now);

const current: Config = {
  ...merge(undefined, { token: new Redacted("old"), address: "https://tfe.example.com" }).config,
  token_owner_type: "user",
};
const token = new Redacted("new");

test("the first write uses defaults for fields that it doesn't have", () => {
  expect(merge(undefined, { token }).config).toEqual({
    token,
    address: "https://app.terraform.io",
    base_path: "/api/v2/",
    ca_cert: "",
    request_timeout: 30,
    explicit_max_ttl: 0,
    rotation_period: 0,
    rotation_schedule: "",
    rotation_window: 0,
    disable_automated_rotation: false,
    token_since: "1970-01-01T00:00:00.000000000Z",
    last_vault_rotation: "",
    rotation_error: "",
    is_lost: false,
    drift_check_period: 3600,
    token_owner_type: "",
    owner_id: "",
    token_id: "",
    token_expired_at: "",
  });
});

describe("the schedule of the mount's token", () => {
  const rotated: Config = {
    ...current,
    rotation_schedule: "0 3 * * *",
    rotation_window: 3600,
    token_since: "2026-11-26T00:00:00.000000000Z",
    last_vault_rotation: "2026-11-26T00:00:00.000000000Z",
    rotation_error: "no",
    is_lost: true,
  };

  test("stays with another token, which has not been rotated", () => {
    expect(merge(rotated, { token }, alice, MINUTE_MS).config).toMatchObject({
      rotation_schedule: "0 3 * * *",
      rotation_window: 3600,
      token_since: "1970-01-01T00:01:00.000000000Z",
      last_vault_rotation: "",
      rotation_error: "",
      is_lost: false,
    });
  });

  test.for<[error: string, input: Input]>([
    ["no", { explicit_max_ttl: 60 }],
    ["", { rotation_schedule: "" }],
    ["", { disable_automated_rotation: true }],
  ])("leaves the rotation_error %j after a write of %j", ([rotation_error, input]) => {
    expect(merge(rotated, input).config).toMatchObject({ rotation_error });
  });

  test("counts from its write if an older version stored the token", () => {
    const { token_since } = merge(
      { ...current, token_since: "" },
      { rotation_period: 60 },
      alice,
      1,
    ).config;
    expect(token_since).toBe("1970-01-01T00:00:00.001000000Z");
    expect(merge(rotated, { rotation_window: 7200 }).config).toMatchObject({
      token_since: rotated.token_since,
      rotation_window: 7200,
    });
  });

  test("is rejected if it breaks a rule", () => {
    expect(() => merge(rotated, { rotation_period: 60 })).toThrow(
      "rotation_period and rotation_schedule can't be combined",
    );
  });
});

describe("the connection in use", () => {
  test.for<[name: string, input: Input, address: string, pending: string | undefined]>([
    ["stays with a new token alone", { token }, "https://tfe.example.com", undefined],
    ["changes with a token", { token, address: "https://other" }, "https://other", undefined],
    [
      "stays without a token",
      { address: "https://other" },
      "https://tfe.example.com",
      "https://other",
    ],
    [
      "stays for the default address too",
      { address: "" },
      "https://tfe.example.com",
      "https://app.terraform.io",
    ],
    [
      "stays with an empty token",
      { address: "https://other", token: new Redacted("") },
      "https://tfe.example.com",
      "https://other",
    ],
    [
      "takes another spelling at once",
      { address: "HTTPS://tfe.example.com:443/" },
      "HTTPS://tfe.example.com:443/",
      undefined,
    ],
  ])("%s", ([, input, address, pending]) => {
    const { config } = merge(current, input);
    expect([config.address, config.pending?.address]).toEqual([address, pending]);
  });

  test.for<[name: string, input: Input]>([
    ["base_path", { base_path: "/other/" }],
    ["ca_cert", { ca_cert: "" }],
  ])("stays when %s is written without a token", ([, input]) => {
    const private_ = { ...current, ca_cert: "PEM" };
    const { config, connects } = merge(private_, input);
    expect(config).toMatchObject({
      address: private_.address,
      base_path: "/api/v2/",
      ca_cert: "PEM",
    });
    expect(config.pending).toMatchObject({ address: private_.address, ...input });
    expect(connects).toBe(false);
  });
});

describe("a pending connection", () => {
  const pending = merge(current, { address: "https://other" }).config;

  test("takes effect as a whole with the next token of the same client", () => {
    const whole = merge(pending, { base_path: "/tfe/" }).config;
    expect(merge(whole, { token }).config).toMatchObject({
      token,
      address: "https://other",
      base_path: "/tfe/",
      pending: undefined,
    });
  });

  test("stays while any client writes other settings", () => {
    const { config, warnings } = merge(pending, { explicit_max_ttl: 5 }, bob);
    expect(config.pending?.address).toBe("https://other");
    expect(warnings).toEqual([]);
  });

  test("ends when the connection in use is written again", () => {
    expect(merge(pending, { address: current.address }).config.pending).toBeUndefined();
  });

  test("is discarded by another client's token, which is sent over the connection in use", () => {
    const { config, warnings } = merge(pending, { token }, bob);
    expect(config).toMatchObject({ token, address: "https://tfe.example.com", pending: undefined });
    expect(warnings).toEqual([
      "the pending connection to https://other was discarded: another client wrote it",
    ]);
  });

  test("is discarded after ten minutes", () => {
    const { config, warnings } = merge(pending, { token }, alice, 11 * MINUTE_MS);
    expect(config.address).toBe("https://tfe.example.com");
    expect(warnings).toEqual([
      "the pending connection to https://other was discarded: it was written more than 10 minutes ago",
    ]);
  });

  test("has the age of its first part", () => {
    const whole = merge(pending, { base_path: "/tfe/" }, alice, 9 * MINUTE_MS).config;
    expect(whole.pending).toMatchObject({ address: "https://other", base_path: "/tfe/", since: 0 });
    expect(merge(whole, { token }, alice, 11 * MINUTE_MS).config.address).toBe(
      "https://tfe.example.com",
    );
  });

  test("of one client is replaced by another client's, which starts from the connection in use", () => {
    const { config } = merge(pending, { base_path: "/tfe/" }, bob);
    expect(config.pending).toMatchObject({
      address: "https://tfe.example.com",
      base_path: "/tfe/",
      accessor: "bob",
    });
  });
});

describe("on a mount without a token", () => {
  const tokenless = merge(undefined, { address: "https://one" }).config;

  test("a connection is pending for the client that wrote it", () => {
    expect(merge(tokenless, { token }).config.address).toBe("https://one");
    expect(merge(tokenless, { address: "https://two" }).config.pending?.address).toBe(
      "https://two",
    );
  });

  test.for([
    ["another client", bob, 0],
    ["the same client ten minutes later", alice, 11 * MINUTE_MS],
  ] as const)("a token of %s alone is refused", ([, writer, now]) => {
    expect(() => merge(tokenless, { token }, writer, now)).toThrow(
      "write address and token together",
    );
    expect(merge(tokenless, { token, address: "https://two" }, writer, now).config.address).toBe(
      "https://two",
    );
  });
});

test("an empty string restores the default, and clears ca_cert", () => {
  const changed = { ...current, base_path: "/tfe/", ca_cert: "PEM" };
  expect(merge(changed, { token, base_path: "", ca_cert: "" }).config).toMatchObject({
    base_path: "/api/v2/",
    ca_cert: "",
  });
});

test.for<[name: string, ca_cert: string, message: string]>([
  [
    "a private key",
    "-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----",
    "not a PRIVATE KEY",
  ],
  ["no PEM", "nonsense", "PEM-encoded certificates"],
  [
    "a certificate that is none",
    "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----",
    "isn't valid",
  ],
  [
    "a private key that is cut off",
    `-----BEGIN PRIVATE KEY-----\nMII\n${rootCertificates[0]}`,
    "not a PRIVATE KEY",
  ],
  [
    "a certificate that is cut off",
    `${rootCertificates[0]}\n${rootCertificates[1]?.slice(0, 900)}`,
    "isn't valid",
  ],
  [
    "a private key in a certificate",
    "-----BEGIN CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\n-----END CERTIFICATE-----",
    "not a PRIVATE KEY",
  ],
  ["many beginnings", "-----BEGIN A-----".repeat(15_420), "not a A"],
])("ca_cert with %s is rejected", ([, ca_cert, message]) => {
  expect(() => merge(current, { ca_cert })).toThrow(message);
});

test("ca_cert is stored as it was written, without what surrounds the certificates", () => {
  const [first, second] = rootCertificates;
  const stored = (ca_cert: string) => merge(current, { ca_cert, token }).config.ca_cert;
  expect(stored(`${first}\r\n\n${second}\n`)).toBe(`${first}\r\n\n${second}\n`);
  expect(stored(`the first\n${first}\nthe second --\n${second}`)).toBe(`${first}\n${second}\n`);
});
