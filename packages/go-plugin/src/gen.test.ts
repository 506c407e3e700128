import fc from "fast-check";
import { expect, it } from "vitest";
import { ConnInfo } from "./gen/plugin/broker.ts";
import { StdioData } from "./gen/plugin/stdio.ts";

it("the address of a brokered service is read as it was written", () => {
  const knock = fc.record({ knock: fc.boolean(), ack: fc.boolean(), error: fc.string() });
  const info = fc.record({
    serviceId: fc.nat(2 ** 32 - 1),
    network: fc.string(),
    address: fc.string({ unit: "binary" }),
    knock: fc.option(knock, { nil: undefined }),
  });
  fc.assert(
    fc.property(info, (sent) => {
      expect(ConnInfo.decode(ConnInfo.encode(sent).finish())).toEqual(sent);
    }),
  );
});

it("output is read as it was written", () => {
  const data = fc.uint8Array().map((bytes) => Buffer.from(bytes));
  const output = fc.record({ channel: fc.constantFrom(0 as const, 1 as const, 2 as const), data });
  fc.assert(
    fc.property(output, (sent) => {
      expect(StdioData.decode(StdioData.encode(sent).finish())).toEqual(sent);
    }),
  );
});
