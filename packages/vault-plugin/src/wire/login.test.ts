import { expect, test } from "vitest";
import { loginReply } from "../login-reply.ts";
import { Redacted } from "../redacted.ts";
import { Reply } from "../reply.ts";
import { Auth } from "./gen/pb/backend.ts";
import { decodeLogin } from "./login.ts";
import { encodeReply } from "./reply.ts";

/** What comes through the wire. */
const sentOf = (auth: Auth | undefined): Auth => {
  if (!auth) throw new Error("no login");
  return Auth.decode(Auth.encode(auth).finish());
};

const whole = loginReply(
  {
    alias: { name: "ann", metadata: { from: "there" } },
    policies: ["dev"],
    terms: { ttl: 60, maxTtl: 600, period: 30, explicitMaxTtl: 900 },
    renewable: false,
    internal: { word: new Redacted("sesame") },
    displayName: "Ann",
    metadata: { user: "ann" },
    groups: ["outsiders"],
    boundCidrs: ["127.0.0.0/8"],
    numUses: 3,
    noDefaultPolicy: true,
    tokenType: "batch",
  },
  ["mind the step"],
);

test("a login has all given fields", () => {
  const { auth, warnings } = encodeReply(whole);
  expect(warnings).toEqual(["mind the step"]);
  expect(sentOf(auth)).toMatchObject({
    leaseOptions: {
      ttl: 60_000_000_000n,
      maxTtl: 600_000_000_000n,
      renewable: false,
      issueTime: expect.any(Date),
    },
    period: 30_000_000_000n,
    explicitMaxTtl: 900_000_000_000n,
    internalData: '{"word":"sesame"}',
    displayName: "Ann",
    policies: ["dev"],
    metadata: new Map([["user", "ann"]]),
    alias: { name: "ann", metadata: new Map([["from", "there"]]) },
    groupAliases: [{ name: "outsiders" }],
    boundCidrs: ["127.0.0.0/8"],
    numUses: 3n,
    noDefaultPolicy: true,
    tokenType: 2,
  });
});

test("a login needs no more than a name, policies and terms", () => {
  const { auth } = encodeReply(
    loginReply({ alias: { name: "ann" }, policies: [], terms: { ttl: 0, maxTtl: 0 } }),
  );
  expect(sentOf(auth)).toMatchObject({
    leaseOptions: { ttl: 0n, renewable: true },
    period: 0n,
    internalData: "{}",
    tokenType: 0,
    numUses: 0n,
    noDefaultPolicy: false,
  });
});

test("a renewal keeps everything that the host sent except the terms", () => {
  const issueTime = new Date("2030-01-01T00:00:00Z");
  const sent: Auth = {
    ...sentOf(encodeReply(whole).auth),
    leaseOptions: { ttl: 1n, maxTtl: 1n, renewable: true, increment: 45_000_000_000n, issueTime },
    entityId: "e-1",
    accessor: "a-1",
    tokenPolicies: ["dev"],
    policies: ["dev", "by-identity"],
    identityPolicies: ["by-identity"],
  };
  expect(decodeLogin(sent)).toEqual({
    alias: { name: "ann", metadata: { from: "there" } },
    policies: ["dev"],
    displayName: "Ann",
    metadata: { user: "ann" },
    internal: { word: "sesame" },
    entityId: "e-1",
    period: 30,
    explicitMaxTtl: 900,
    issueTime,
    increment: 45,
  });
  const { auth } = encodeReply(new Reply({ loginTerms: { ttl: 90, maxTtl: 600 } }), sent);
  expect(auth).toEqual({
    ...sent,
    leaseOptions: {
      ttl: 90_000_000_000n,
      maxTtl: 600_000_000_000n,
      renewable: true,
      increment: 0n,
      issueTime,
    },
    period: 0n,
    explicitMaxTtl: 0n,
  });
});

test("a login with few fields is read, too", () => {
  expect(decodeLogin(Auth.decode(new Uint8Array()))).toMatchObject({
    alias: { name: "" },
    policies: [],
    internal: {},
    issueTime: new Date(0),
    increment: 0,
  });
});
