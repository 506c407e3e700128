import { type Channel, type Client, createClient, GrpcCode, GrpcError } from "@vault-ts/go-plugin";
import { PluginError } from "../errors.ts";
import { decodeHostError } from "./errors.ts";
import type { StorageDefinition, SystemViewDefinition } from "./gen/pb/backend.ts";

type HostService = typeof StorageDefinition | typeof SystemViewDefinition;
type Method = (request: unknown) => Promise<unknown>;

/**
 * A client of one of the host's services, whose failures are all `PluginError`s. A failed call has
 * the `GrpcError` as the cause; the other failures are the message `err` of a response.
 *
 * @param name The name of the service, for errors.
 */
export function createHostClient<D extends HostService>(
  name: string,
  definition: D,
  channel: Channel,
): Client<D> {
  const methods: [string, Method][] = Object.entries(createClient(definition, channel));
  const checked = methods.map(([key, method]) => [
    key,
    (request: unknown) => answerOf(name, method(request)),
  ]);
  return Object.fromEntries(checked) as Client<D>;
}

async function answerOf(name: string, call: Promise<unknown>): Promise<unknown> {
  const answer = (await call.catch((cause: unknown) => {
    throw new PluginError(
      "internal",
      `the host's ${name} failed: ${GrpcError.from(cause).message}`,
      {
        cause,
      },
    );
  })) as { readonly err?: string };
  if (answer.err) throw decodeHostError(name, answer.err);
  return answer;
}

/** Whether a call failed because the host doesn't implement it: no version says so. */
export function isUnimplemented(error: unknown): boolean {
  return (
    error instanceof PluginError &&
    error.cause instanceof GrpcError &&
    error.cause.code === GrpcCode.UNIMPLEMENTED
  );
}
