import { expect, test } from "vitest";
import { type RequestCaller, withDeadline } from "./caller.ts";

test("a request that nothing waits for isn't asked for its signal", async () => {
  const request = {
    get signal(): AbortSignal {
      throw new Error("nobody needs it");
    },
  };
  expect(await withDeadline(request, async ({ deadline }) => deadline)).toBeGreaterThan(
    performance.now() + 79_000,
  );
});

test("the signal is aborted when the client cancels, in a copy of the caller too", async () => {
  const client = new AbortController();
  await withDeadline(client, async (caller) => {
    const copy: RequestCaller = { ...caller, priority: "low" };
    client.abort();
    expect(caller.signal.reason).toMatchObject({ code: "canceled" });
    expect(copy.signal).toBe(caller.signal);
  });
});

test("a request whose client has canceled before has an aborted signal", async () => {
  await withDeadline({ signal: AbortSignal.abort() }, async ({ signal }) => {
    expect(signal.reason).toMatchObject({ code: "canceled" });
  });
});
