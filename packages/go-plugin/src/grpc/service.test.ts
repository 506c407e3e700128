import { expect, it } from "vitest";
import { EchoDefinition, echo } from "../testing-fixtures/echo-definition.ts";
import { createClient } from "./client.ts";
import { type ServiceHandlers, service } from "./service.ts";

const HANDLERS: ServiceHandlers<typeof EchoDefinition> = {
  unary: async (request) => request,
  async *serverStream() {},
  async *bidi() {},
};

it("binds each handler to the path of its method", () => {
  const bound = service(EchoDefinition, HANDLERS);
  expect([...bound.keys()]).toEqual([
    "/test.Echo/Unary",
    "/test.Echo/ServerStream",
    "/test.Echo/Bidi",
  ]);
  expect(bound.get("/test.Echo/Unary")?.handler).toBe(HANDLERS.unary);
});

/** Never run: these must not compile. */
export function mustNotCompile(channel: Parameters<typeof createClient>[1]): void {
  // @ts-expect-error a method without its handler
  service(EchoDefinition, { unary: HANDLERS.unary, bidi: HANDLERS.bidi });
  // @ts-expect-error an answer of another type
  service(EchoDefinition, { ...HANDLERS, unary: async () => ({ supported: true }) });
  // @ts-expect-error one answer where the method streams
  service(EchoDefinition, { ...HANDLERS, serverStream: async () => echo("") });
  // @ts-expect-error a client has unary methods only
  createClient(EchoDefinition, channel).serverStream(echo(""));
  // @ts-expect-error a request of another type
  void createClient(EchoDefinition, channel).unary({ key: "role/ci" });
}
