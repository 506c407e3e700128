import { expect, it } from "vitest";
import { readMetadata } from "./metadata.ts";

it("keeps what is the application's", () => {
  const metadata = readMetadata({
    ":method": "POST",
    ":path": "/pb.Backend/Type",
    "content-type": "application/grpc",
    te: "trailers",
    "user-agent": "grpc-go/1.76.0",
    "grpc-timeout": "10S",
    multiplex_id: "b1f7",
    tenant: "one, two",
    "set-cookie": ["a", "b"],
  });
  expect([...metadata]).toEqual([
    ["multiplex_id", "b1f7"],
    ["tenant", "one, two"],
    ["set-cookie", "a,b"],
  ]);
});
