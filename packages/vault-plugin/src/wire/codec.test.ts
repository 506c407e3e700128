import { describe, expect, test } from "vitest";
import { PluginError, type PluginErrorCode } from "../errors.ts";
import { Redacted } from "../redacted.ts";
import { list, Reply, rawReply } from "../reply.ts";
import { toNanoseconds, toSeconds } from "./durations.ts";
import { decodeHostError, encodeError } from "./errors.ts";
import { Request, Response, Secret } from "./gen/pb/backend.ts";
import { encodeErrorReply, encodeReply } from "./reply.ts";
import { decodeRequest } from "./request.ts";

test.for<[seconds: number, nanoseconds: bigint]>([
  [0, 0n],
  [1, 1_000_000_000n],
  [1.5, 1_500_000_000n],
  [2_764_800, 2_764_800_000_000_000n],
  [315_360_000, 315_360_000_000_000_000n],
])("%d seconds are %d nanoseconds", ([seconds, nanoseconds]) => {
  expect(toNanoseconds(seconds)).toBe(nanoseconds);
  expect(toSeconds(nanoseconds)).toBe(Math.trunc(seconds));
});

/** A request with nothing in it but what is given. */
const requestOf = (fields: Partial<Request>): Request => ({
  ...Request.decode(new Uint8Array()),
  ...fields,
});

describe("a request", () => {
  test("is decoded from what a host sends", () => {
    const bytes = Request.encode(
      requestOf({
        id: "1",
        operation: "renew",
        path: "creds/a",
        data: '{"increment":"10"}',
        mountPoint: "otp/",
        headers: new Map([["X-A", { header: ["1", "2"] }]]),
        mountAccessor: "otp_1",
        wrapInfo: { ttl: 60_000_000_000n, format: "", sealWrap: false },
        connection: {
          remoteAddr: "192.0.2.1",
          remotePort: 4711,
          connectionState: undefined,
          proxiedCertificatesRaw: [],
          peerCertificatesRaw: [],
        },
        secret: {
          leaseId: "",
          internalData: '{"secret_type":"x"}',
          leaseOptions: {
            ttl: 1n,
            maxTtl: 1n,
            renewable: true,
            increment: 10_000_000_000n,
            issueTime: new Date("2030-01-01T00:00:00Z"),
          },
        },
      }),
    ).finish();
    expect(decodeRequest(Request.decode(bytes))).toEqual({
      id: "1",
      operation: "renew",
      path: "creds/a",
      data: { increment: "10" },
      mountPoint: "otp/",
      mountType: "",
      mountAccessor: "otp_1",
      wrapTtl: 60,
      connection: { remoteAddress: "192.0.2.1", remotePort: 4711 },
      displayName: "",
      entityId: "",
      clientTokenAccessor: "",
      headers: new Map([["X-A", ["1", "2"]]]),
      lease: {
        id: "",
        internal: { secret_type: "x" },
        issueTime: new Date("2030-01-01T00:00:00Z"),
        increment: 10,
      },
    });
  });

  test.for(["", "null", "{}"])("without data (%j) has none", (data) => {
    expect(decodeRequest(requestOf({ data })).data).toEqual({});
  });

  test.for(["[]", "1", '"x"', "{", "hunter2"])(
    "with data that is not an object (%j) is rejected without repeating it",
    (data) => {
      expect(() => decodeRequest(requestOf({ data }))).toThrow(
        new PluginError("internal", "the host sent data that isn't a JSON object"),
      );
    },
  );

  test("with a time out of range is rejected", () => {
    // Timestamp{seconds: 2^53}, as LeaseOptions.issue_time of Secret.lease_options.
    const secret = Secret.decode(Buffer.from("0a0b2209088080808080808010", "hex"));
    expect(() => decodeRequest(requestOf({ secret }))).toThrow(
      new PluginError("internal", "the host sent a lease with an invalid time of issue"),
    );
  });

  test("that is missing is rejected", () => {
    expect(() => decodeRequest(undefined)).toThrow("without its request");
  });
});

describe("a reply", () => {
  test("with data", () => {
    expect(encodeReply(new Reply({ data: { a: [1, null] } }))).toMatchObject({
      data: '{"a":[1,null]}',
      warnings: [],
    });
  });

  test("without data has the string null", () => {
    expect(encodeReply(new Reply({ warnings: ["careful"] }))).toMatchObject({
      data: "null",
      warnings: ["careful"],
    });
  });

  test("of an empty list has an empty object", () => {
    expect(encodeReply(list([])).data).toBe("{}");
  });

  test("with a lease has its terms, and the time of issue", () => {
    const issueTime = new Date("2030-01-01T00:00:00Z");
    const lease = {
      ttl: 60,
      maxTtl: 3600,
      renewable: true,
      issueTime,
      internal: { secret_type: "x" },
    };
    expect(encodeReply(new Reply({ lease })).secret).toEqual({
      leaseId: "",
      internalData: '{"secret_type":"x"}',
      leaseOptions: {
        ttl: 60_000_000_000n,
        maxTtl: 3_600_000_000_000n,
        renewable: true,
        increment: 0n,
        issueTime,
      },
    });
  });

  test("with a lease always has a time of issue", () => {
    const lease = { ttl: 0, maxTtl: 0, renewable: true, internal: {} };
    expect(encodeReply(new Reply({ lease })).secret?.leaseOptions?.issueTime).toBeInstanceOf(Date);
  });

  test("with headers has them, each with all its values", () => {
    expect(encodeReply(new Reply({ headers: { "X-A": ["1", "2"] } })).headers).toEqual(
      new Map([["X-A", { header: ["1", "2"] }]]),
    );
  });

  test("can redirect the client", () => {
    expect(encodeReply(new Reply({ redirect: "https://example.com/" })).redirect).toBe(
      "https://example.com/",
    );
    expect(encodeReply(new Reply({})).redirect).toBe("");
  });

  test("that is to be wrapped has the wrapping TTL", () => {
    expect(encodeReply(new Reply({ data: {}, wrapTtl: 60 })).wrapInfo).toMatchObject({
      ttl: 60_000_000_000n,
    });
    expect(encodeReply(new Reply({ data: {} })).wrapInfo).toBeUndefined();
  });

  test("that is to be wrapped always has a time of creation", () => {
    const { wrapInfo } = encodeReply(new Reply({ data: {}, wrapTtl: 60 }));
    expect(wrapInfo?.creationTime).toBeInstanceOf(Date);
  });

  test("with a raw body has it in base64", () => {
    const raw = rawReply({ contentType: "text/plain", body: "hi", cacheControl: "max-age=1" });
    expect(JSON.parse(encodeReply(raw).data)).toEqual({
      http_status_code: 200,
      http_content_type: "text/plain",
      http_raw_body: "aGk=",
      http_raw_cache_control: "max-age=1",
    });
    expect(
      JSON.parse(
        encodeReply(rawReply({ status: 404, contentType: "a/b", body: Buffer.of(0xff) })).data,
      ),
    ).toEqual({ http_status_code: 404, http_content_type: "a/b", http_raw_body: "/w==" });
  });

  test("reveals what is redacted, to the client and to the lease", () => {
    const lease = { ttl: 0, maxTtl: 0, renewable: true, internal: { key: new Redacted("k") } };
    const { data, secret } = encodeReply(new Reply({ data: { token: new Redacted("t") }, lease }));
    expect(data).toBe('{"token":"t"}');
    expect(secret?.internalData).toBe('{"key":"k"}');
  });

  test("for a user's mistake has the data for the host's 400", () => {
    expect(encodeErrorReply("no").data).toBe('{"error":"no"}');
    expect(Response.encode(encodeErrorReply("no")).finish().length).toBeGreaterThan(0);
  });
});

describe("errors", () => {
  test.for<[code: PluginErrorCode, errType: number, errCode: bigint]>([
    ["bad_request", 4, 0n],
    ["not_found", 3, 404n],
    ["unsupported_path", 6, 0n],
    ["unsupported_operation", 5, 0n],
    ["permission_denied", 8, 0n],
    ["conflict", 3, 409n],
    ["upstream", 3, 502n],
    ["upstream_timeout", 3, 504n],
    ["corrupt_entry", 2, 0n],
    ["internal", 2, 0n],
  ])("%s", ([code, errType, errCode]) => {
    expect(encodeError(new PluginError(code, "what happened"))).toEqual({
      errType,
      errCode,
      errMsg: "what happened",
    });
  });

  test("read_only has the message that makes a host forward", () => {
    expect(encodeError(new PluginError("read_only", "a standby"))).toEqual({
      errType: 0,
      errCode: 0n,
      errMsg: "cannot write to readonly storage",
    });
  });

  test.for([
    ["cannot write to readonly storage", "read_only"],
    ["disk full", "internal"],
  ] as const)("of the host: %s", ([text, code]) => {
    expect(decodeHostError("storage", text)).toMatchObject({
      code,
      message: `the host's storage failed: ${text}`,
    });
  });
});
