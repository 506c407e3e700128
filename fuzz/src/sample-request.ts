import { Request } from "../../packages/vault-plugin/src/wire/gen/pb/backend.ts";

/** A request with a value in each field that the framework reads. */
export function sampleRequest(operation: string): Request {
  return {
    ...Request.decode(new Uint8Array()),
    id: "1",
    operation,
    path: "creds/ci",
    data: '{"increment":"10"}',
    mountPoint: "terraform/",
    headers: new Map([["X-A", { header: ["1", "2"] }]]),
    secret: {
      leaseId: "terraform/creds/ci/1",
      internalData: '{"secret_type":"x"}',
      leaseOptions: {
        ttl: 60_000_000_000n,
        maxTtl: 3_600_000_000_000n,
        renewable: true,
        increment: 10_000_000_000n,
        issueTime: new Date("2030-01-01T00:00:00Z"),
      },
    },
  };
}
