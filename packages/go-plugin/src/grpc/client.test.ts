import { expect, it } from "vitest";
import { EchoDefinition, echo, textOf } from "../testing-fixtures/echo-definition.ts";
import { serveOverTcp } from "../testing-fixtures/grpc-over-tcp.ts";
import { createClient } from "./client.ts";
import { type Service, type ServiceHandlers, service } from "./service.ts";
import { GrpcError } from "./status.ts";

const HANDLERS: ServiceHandlers<typeof EchoDefinition> = {
  unary: async (request) => echo(`${textOf(request)}!`),
  async *serverStream() {},
  async *bidi() {},
};

it("calls the unary methods, and has no others", async () => {
  await using grpc = await serveOverTcp([service(EchoDefinition, HANDLERS)]);
  const client = createClient(EchoDefinition, await grpc.channel());
  expect(Object.keys(client)).toEqual(["unary"]);
  expect(textOf(await client.unary(echo("hi")))).toBe("hi!");
});

it("throws the status of a call that failed", async () => {
  const unary = async () => {
    throw new GrpcError(9, "cannot write to readonly storage");
  };
  await using grpc = await serveOverTcp([service(EchoDefinition, { ...HANDLERS, unary })]);
  const client = createClient(EchoDefinition, await grpc.channel());
  await expect(client.unary(echo("hi"))).rejects.toMatchObject({
    name: "GrpcError",
    code: 9,
    message: "cannot write to readonly storage",
  });
});

it("passes its options to the channel", async () => {
  const unary = () => new Promise<never>(() => {});
  await using grpc = await serveOverTcp([service(EchoDefinition, { ...HANDLERS, unary })]);
  const client = createClient(EchoDefinition, await grpc.channel());
  await expect(client.unary(echo("hi"), { timeoutMs: 20 })).rejects.toMatchObject({ code: 4 });
  await expect(client.unary(echo("hi"), { signal: AbortSignal.timeout(20) })).rejects.toMatchObject(
    {
      code: 1,
    },
  );
});

it("fails with INTERNAL when the response is not a valid message", async () => {
  const garbled = {
    ...EchoDefinition.methods.unary,
    responseType: { encode: () => ({ finish: () => Buffer.of(0xff) }), decode: () => ({}) },
  };
  const bound: Service = new Map([
    ["/test.Echo/Unary", { definition: garbled, handler: async () => ({}) }],
  ]);
  await using grpc = await serveOverTcp([bound]);
  const client = createClient(EchoDefinition, await grpc.channel());
  await expect(client.unary(echo("hi"))).rejects.toMatchObject({ name: "GrpcError", code: 13 });
});
