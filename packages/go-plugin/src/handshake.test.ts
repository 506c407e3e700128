import { describe, expect, test } from "vitest";
import { checkCookie, HandshakeError, handshakeLine, negotiateVersion } from "./handshake.ts";

const config = { cookieKey: "COOKIE", cookieValue: "abc", protocolVersions: [4, 5] };

test("the cookie has to be the host's", () => {
  expect(() => checkCookie(config, { COOKIE: "abc" })).not.toThrow();
  expect(() => checkCookie(config, { COOKIE: "abd" })).toThrow(HandshakeError);
  expect(() => checkCookie(config, {})).toThrow("This program is a plugin and is not run by hand");
});

describe("the version", () => {
  test.for<[offered: string | undefined, version: number]>([
    ["5", 5],
    ["4,5", 5],
    ["5,4,3", 5],
    ["3,4", 4],
    ["4,x", 4],
    [undefined, 4],
    ["", 4],
  ])("for a host that offers %j is %d", ([offered, version]) => {
    expect(negotiateVersion(config, offered === undefined ? {} : { PLUGIN_PROTOCOL_VERSIONS: offered })).toBe(
      version,
    );
  });

  test("can't be agreed on with a host that speaks none of ours", () => {
    expect(() => negotiateVersion(config, { PLUGIN_PROTOCOL_VERSIONS: "1,2" })).toThrow(
      "The host speaks plugin protocol 1, 2, this plugin 4, 5",
    );
  });
});

test.for<[name: string, certificate: Uint8Array | undefined, env: NodeJS.ProcessEnv, line: string]>([
  ["without TLS", undefined, {}, "1|5|unix|/tmp/s|grpc|\n"],
  ["with a certificate, its padding cut off", Buffer.from("a"), {}, "1|5|unix|/tmp/s|grpc|YQ\n"],
  [
    "for a host that asks for sharing",
    undefined,
    { PLUGIN_MULTIPLEX_GRPC: "true" },
    "1|5|unix|/tmp/s|grpc||false\n",
  ],
])("the line %s", ([, certificate, env, line]) => {
  expect(handshakeLine(5, "/tmp/s", certificate, env)).toBe(line);
});
