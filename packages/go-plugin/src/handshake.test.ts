import { describe, expect, it } from "vitest";
import { handshakeLine, isStartedByHost, negotiateVersion } from "./handshake.ts";

const CONFIG = { cookieKey: "TEST_PLUGIN", cookieValue: "hello", protocolVersions: [4, 5] };

describe("the cookie", () => {
  it.each([
    { name: "a host that has started the process", env: { TEST_PLUGIN: "hello" }, started: true },
    { name: "nobody, without it", env: {}, started: false },
    { name: "nobody, when it is empty", env: { TEST_PLUGIN: "" }, started: false },
    { name: "nobody, when it is another's", env: { TEST_PLUGIN: "hallo" }, started: false },
  ])("recognizes $name", ({ env, started }) => {
    expect(isStartedByHost(CONFIG, env)).toBe(started);
  });
});

describe("the version", () => {
  it.each([
    { name: "the one in common", offered: "5", version: 5 },
    { name: "the highest in common", offered: "3,4,5,6", version: 5 },
    { name: "the highest in common, in any order", offered: "5,4", version: 5 },
    { name: "a lower one", offered: "3,4", version: 4 },
    { name: "the one among what is none", offered: "x,4,", version: 4 },
    { name: "our lowest, if the host names none", offered: undefined, version: 4 },
    { name: "our lowest, if the host names nothing", offered: "", version: 4 },
  ])("is $name", ({ offered, version }) => {
    const env = offered === undefined ? {} : { PLUGIN_PROTOCOL_VERSIONS: offered };
    expect(negotiateVersion(CONFIG, env)).toBe(version);
  });

  it("must be in common", () => {
    expect(() => negotiateVersion(CONFIG, { PLUGIN_PROTOCOL_VERSIONS: "6,7" })).toThrow(
      expect.objectContaining({
        code: 9,
        message:
          "the server supports plugin protocol versions 6, 7, and this plugin 4, 5; use a server that supports one of the plugin's",
      }),
    );
  });
});

describe("the line", () => {
  it.each([
    {
      name: "without TLS",
      certificate: undefined,
      env: {},
      line: "1|5|unix|/tmp/plugin-1|grpc|\n",
    },
    {
      name: "with a certificate, whose base64 is not padded",
      certificate: Buffer.from("abcd"),
      env: {},
      line: "1|5|unix|/tmp/plugin-1|grpc|YWJjZA\n",
    },
    {
      name: "for a host that would share a connection",
      certificate: Buffer.from("abc"),
      env: { PLUGIN_MULTIPLEX_GRPC: "true" },
      line: "1|5|unix|/tmp/plugin-1|grpc|YWJj|false\n",
    },
    {
      name: "for a host that would not",
      certificate: Buffer.from("abc"),
      env: { PLUGIN_MULTIPLEX_GRPC: "" },
      line: "1|5|unix|/tmp/plugin-1|grpc|YWJj\n",
    },
  ])("is as go-plugin reads it, $name", ({ certificate, env, line }) => {
    expect(handshakeLine(5, "/tmp/plugin-1", certificate, env)).toBe(line);
  });
});
