import fc from "fast-check";
import { expect, it } from "vitest";
import { readMetadata } from "./metadata.ts";

it("keeps the application's metadata", () => {
  const headers = {
    ":method": "POST",
    ":path": "/pb.Backend/Type",
    "content-type": "application/grpc",
    te: "trailers",
    "user-agent": "grpc-go/1.76.0",
    "grpc-timeout": "10S",
    multiplex_id: "b1f7",
    tenant: "one, two",
  };
  const metadata = readMetadata(new Map(Object.entries(headers)));
  expect([...metadata]).toEqual([
    ["multiplex_id", "b1f7"],
    ["tenant", "one, two"],
  ]);
});

it("keeps whatever an application may send, and nothing else", () => {
  const own = fc
    .stringMatching(/^[a-z][a-z0-9_-]{0,20}$/)
    .filter((key) => !/^(grpc-|content-type$|te$|user-agent$)/.test(key));
  const reserved = fc.constantFrom(
    ":path",
    ":authority",
    "grpc-timeout",
    "grpc-encoding",
    "content-type",
    "te",
    "user-agent",
  );
  const value = fc.string({ maxLength: 30 });
  fc.assert(
    fc.property(fc.dictionary(own, value), fc.dictionary(reserved, value), (kept, dropped) => {
      expect(
        Object.fromEntries(readMetadata(new Map(Object.entries({ ...dropped, ...kept })))),
      ).toEqual({ ...kept });
    }),
  );
});
