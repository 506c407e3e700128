import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { serveOverTcp } from "../testing-fixtures/grpc-over-tcp.ts";
import { frame, openCall, readAnswer } from "../testing-fixtures/raw-call.ts";
import { standardServices } from "./standard-services.ts";

const EMPTY = frame(Buffer.alloc(0));

describe("every plugin", () => {
  it.each([
    { name: "is healthy", path: "/grpc.health.v1.Health/Check", body: "00000000020801" },
    {
      name: "serves many mounts",
      path: "/pluginutil.multiplexing.PluginMultiplexing/MultiplexingSupport",
      body: "00000000020801",
    },
    { name: "can be asked to end", path: "/plugin.GRPCController/Shutdown", body: "0000000000" },
  ])("$name", async ({ path, body }) => {
    let asked = 0;
    const shutdown = () => {
      asked += 1;
    };
    await using grpc = await serveOverTcp(standardServices(shutdown));
    const stream = openCall(grpc.session(), path);
    stream.end(EMPTY);
    const answer = await readAnswer(stream);
    expect({ status: answer.status, body: answer.body.toString("hex") }).toEqual({
      status: "0",
      body,
    });
    expect(asked).toBe(path.endsWith("Shutdown") ? 1 : 0);
  });

  it("can be watched", async () => {
    await using grpc = await serveOverTcp(standardServices(() => {}));
    const stream = openCall(grpc.session(), "/grpc.health.v1.Health/Watch");
    stream.end(EMPTY);
    const [chunk] = (await once(stream, "data")) as [Buffer];
    expect(chunk.toString("hex")).toBe("00000000020801");
    expect(stream.closed).toBe(false);
  });
});
