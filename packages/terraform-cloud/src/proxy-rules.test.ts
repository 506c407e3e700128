import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { type Environment, proxyFor } from "./proxy-rules.ts";

const HTTPS = "https://tfe.corp.test";
const PROXY = "http://proxy.test:3128";

const withNoProxy = (entries: string) => ({ HTTPS_PROXY: PROXY, NO_PROXY: entries });

/** Go does the same in each of these cases. */
const GO_RULES: readonly [
  name: string,
  origin: string,
  env: Record<string, string>,
  proxy: string | undefined,
][] = [
  ["no variable", HTTPS, {}, undefined],
  ["HTTPS_PROXY", HTTPS, { HTTPS_PROXY: PROXY }, PROXY],
  ["https_proxy", HTTPS, { https_proxy: PROXY }, PROXY],
  [
    "HTTPS_PROXY before https_proxy",
    HTTPS,
    { HTTPS_PROXY: PROXY, https_proxy: "http://b.test" },
    PROXY,
  ],
  ["https_proxy where HTTPS_PROXY is empty", HTTPS, { HTTPS_PROXY: "", https_proxy: PROXY }, PROXY],
  ["HTTP_PROXY for https", HTTPS, { HTTP_PROXY: PROXY }, undefined],
  ["HTTP_PROXY for http", "http://tfe.corp.test", { HTTP_PROXY: PROXY }, PROXY],
  ["HTTPS_PROXY for http", "http://tfe.corp.test", { HTTPS_PROXY: PROXY }, undefined],
  ["ALL_PROXY", HTTPS, { ALL_PROXY: PROXY, all_proxy: PROXY }, undefined],
  ["a host and a port without a scheme", HTTPS, { HTTPS_PROXY: "proxy.test:3128" }, PROXY],
  [
    "an address without a scheme",
    HTTPS,
    { HTTPS_PROXY: "192.0.2.1:3128" },
    "http://192.0.2.1:3128",
  ],
  ["a host alone", HTTPS, { HTTPS_PROXY: "proxy.test" }, "http://proxy.test"],
  [
    "a user without a scheme",
    HTTPS,
    { HTTPS_PROXY: "ann:pw@proxy.test:1" },
    "http://ann:pw@proxy.test:1",
  ],
  ["a secure proxy", HTTPS, { HTTPS_PROXY: "https://proxy.test:1" }, "https://proxy.test:1"],
  ["a SOCKS proxy", HTTPS, { HTTPS_PROXY: "socks5://proxy.test:1080" }, "socks5://proxy.test:1080"],
  ["localhost", "https://localhost:8443", { HTTPS_PROXY: PROXY }, undefined],
  ["a name below localhost", "https://tfe.localhost", { HTTPS_PROXY: PROXY }, PROXY],
  ["127.0.0.1", "https://127.0.0.1", { HTTPS_PROXY: PROXY }, undefined],
  ["another loopback address", "https://127.9.9.9:1", { HTTPS_PROXY: PROXY }, undefined],
  ["::1", "https://[::1]:8443", { HTTPS_PROXY: PROXY }, undefined],
  ["a loopback address within IPv6", "https://[::ffff:7f00:1]", { HTTPS_PROXY: PROXY }, undefined],
  ["the host", HTTPS, withNoProxy("tfe.corp.test"), undefined],
  ["its domain", HTTPS, withNoProxy("corp.test"), undefined],
  ["its domain with a leading dot", HTTPS, withNoProxy(".corp.test"), undefined],
  ["its domain behind a star", HTTPS, withNoProxy("*.corp.test"), undefined],
  ["the host with a leading dot", HTTPS, withNoProxy(".tfe.corp.test"), PROXY],
  ["the host behind a star", HTTPS, withNoProxy("*.tfe.corp.test"), PROXY],
  ["an end of a name that is no domain", "https://evilcorp.test", withNoProxy("corp.test"), PROXY],
  ["a subdomain of the host", HTTPS, withNoProxy("a.tfe.corp.test"), PROXY],
  ["a star before letters", HTTPS, withNoProxy("*corp.test"), PROXY],
  ["a star at the end", HTTPS, withNoProxy("tfe.*"), PROXY],
  ["capital letters", HTTPS, withNoProxy("TFE.Corp.Test"), undefined],
  ["its top domain", HTTPS, withNoProxy("test"), undefined],
  ["everything", HTTPS, withNoProxy("*"), undefined],
  ["everything, among others", HTTPS, withNoProxy("a.test, *"), undefined],
  ["a list with blanks", HTTPS, withNoProxy(" a.test ,\ttfe.corp.test , b.test"), undefined],
  ["a list divided by blanks alone", HTTPS, withNoProxy("a.test tfe.corp.test"), PROXY],
  ["empty entries", HTTPS, withNoProxy(",, ,"), PROXY],
  ["no_proxy", HTTPS, { HTTPS_PROXY: PROXY, no_proxy: "corp.test" }, undefined],
  ["NO_PROXY before no_proxy", HTTPS, { ...withNoProxy("a.test"), no_proxy: "corp.test" }, PROXY],
  ["the default port", HTTPS, withNoProxy("corp.test:443"), undefined],
  [
    "the default port of http",
    "http://a.test",
    { HTTP_PROXY: PROXY, NO_PROXY: "a.test:80" },
    undefined,
  ],
  ["the host's port", `${HTTPS}:8443`, withNoProxy("corp.test:8443"), undefined],
  ["another port", HTTPS, withNoProxy("corp.test:8443"), PROXY],
  ["an empty port", HTTPS, withNoProxy("corp.test:"), undefined],
  ["a port alone", HTTPS, withNoProxy(":443"), PROXY],
  ["an address", "https://192.0.2.7", withNoProxy("192.0.2.7"), undefined],
  ["another address", "https://192.0.2.7", withNoProxy("192.0.2.70"), PROXY],
  ["an address with the port", "https://192.0.2.7:8443", withNoProxy("192.0.2.7:8443"), undefined],
  ["an address with another port", "https://192.0.2.7", withNoProxy("192.0.2.7:8443"), PROXY],
  ["an end of an address", "https://192.0.2.7", withNoProxy("2.7,.7"), PROXY],
  ["a network", "https://10.20.30.40", withNoProxy("10.0.0.0/8"), undefined],
  ["a network named by a host in it", "https://10.20.30.40", withNoProxy("10.9.9.9/8"), undefined],
  ["another network", "https://10.20.30.40", withNoProxy("10.20.30.0/30"), PROXY],
  ["all of IPv4", "https://10.20.30.40", withNoProxy("0.0.0.0/0"), undefined],
  ["all of IPv6, for IPv4", "https://10.20.30.40", withNoProxy("::/0"), PROXY],
  ["all of IPv4, for IPv6", "https://[2001:db8::1]", withNoProxy("0.0.0.0/0"), PROXY],
  ["a network, for a name", HTTPS, withNoProxy("0.0.0.0/0"), PROXY],
  ["a network with too many bits", "https://10.20.30.40", withNoProxy("10.0.0.0/33"), PROXY],
  ["a network with a port", "https://10.20.30.40", withNoProxy("10.0.0.0/8:443"), PROXY],
  ["a network of IPv6", "https://[2001:db8::1]", withNoProxy("2001:db8::/32"), undefined],
  ["an address of IPv6", "https://[2001:db8::1]", withNoProxy("2001:DB8:0::1"), undefined],
  ["an address of IPv6 in brackets", "https://[2001:db8::1]", withNoProxy("[2001:db8::1]"), PROXY],
  [
    "an address of IPv6 with the port",
    "https://[2001:db8::1]",
    withNoProxy("[2001:db8::1]:443"),
    undefined,
  ],
  [
    "an IPv4 address, for its IPv6 form",
    "https://[::ffff:c000:207]",
    withNoProxy("192.0.2.7"),
    undefined,
  ],
  [
    "the IPv6 form, for an IPv4 address",
    "https://192.0.2.7",
    withNoProxy("::ffff:192.0.2.7"),
    undefined,
  ],
  [
    "a domain beyond ASCII",
    "https://tfe.xn--bcher-kva.test",
    withNoProxy("bücher.test"),
    undefined,
  ],
  [
    "a dot and a domain beyond ASCII",
    "https://tfe.xn--bcher-kva.test",
    withNoProxy(".bücher.test"),
    undefined,
  ],
];

test.for(GO_RULES)("the proxy for %s", ([, origin, env, proxy]) => {
  expect(proxyFor(origin, env)?.url.href).toBe(proxy && new URL(proxy).href);
});

const FIXTURE = fileURLToPath(new URL("testing-fixtures/proxy-rules/", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "proxy-rules-"));
const program = join(folder, "proxy-rules");
afterAll(() => rmSync(folder, { recursive: true }));

/** It can't be built without Go and its module proxy. */
const hasGo =
  spawnSync("go", ["build", "-o", program, "."], { cwd: FIXTURE, timeout: 120_000 }).status === 0;

test.skipIf(!hasGo)("Go's own httpproxy agrees with each of these cases", () => {
  const questions = GO_RULES.map(([, origin, env]) => ({ origin, env }));
  const { stdout } = spawnSync(program, { input: JSON.stringify(questions), encoding: "utf8" });
  const answers = JSON.parse(stdout) as string[];
  const said = GO_RULES.map(([name], index) => [name, answers[index] || undefined]);
  expect(said).toEqual(GO_RULES.map(([name, , , proxy]) => [name, proxy]));
});

test.for<[variable: string, origin: string, others: Environment]>([
  ["TERRAFORM_HTTPS_PROXY", HTTPS, { HTTPS_PROXY: "http://a.test", https_proxy: "http://b.test" }],
  [
    "TERRAFORM_HTTP_PROXY",
    "http://tfe.test",
    { HTTP_PROXY: "http://a.test", http_proxy: "http://b.test" },
  ],
])("%s overrides the variables of the server", ([variable, origin, others]) => {
  expect(proxyFor(origin, { ...others, [variable]: PROXY })).toMatchObject({ variable });
});

test("TERRAFORM_NO_PROXY overrides NO_PROXY", () => {
  const env = { HTTPS_PROXY: PROXY, NO_PROXY: "corp.test", no_proxy: "corp.test" };
  expect(proxyFor(HTTPS, { ...env, TERRAFORM_NO_PROXY: "a.test" })?.variable).toBe("HTTPS_PROXY");
  expect(proxyFor(HTTPS, { HTTPS_PROXY: PROXY, TERRAFORM_NO_PROXY: "*" })).toBeUndefined();
});

describe("an invalid proxy is reported with its variable, and without any part of its value:", () => {
  test.for<[name: string, value: string, says: string]>([
    ["a # in its password", "http://ann:s3#cret@proxy.test:3128", "is not the URL of a proxy"],
    ["a # behind digits", "http://ann:12#cret@proxy.test:3128", "is not the URL of a proxy"],
    ["a ? behind digits", "http://ann:12?cret@proxy.test:3128", "is not the URL of a proxy"],
    ["a / behind digits", "http://ann:12/cret@proxy.test:3128", "is not the URL of a proxy"],
    [
      "a backslash in its user",
      "http://corp\\ann:cret@proxy.test:3128",
      "is not the URL of a proxy",
    ],
    ["a % in its password", "http://ann:50%cret@proxy.test:3128", "is not the URL of a proxy"],
    ["a # and no scheme", "ann:s3#cret@proxy.test:3128", "is not the URL of a proxy"],
    ["a # of a SOCKS proxy", "socks5://ann:12#cret@proxy.test", "is not the URL of a proxy"],
    ["no host", "http://", "is not the URL of a proxy"],
    ["a port that is none", "http://proxy.test:cret", "is not the URL of a proxy"],
    ["another scheme", "ftp://ann:cret@proxy.test", "has a scheme that is not supported"],
    ["an older SOCKS", "socks4://ann:cret@proxy.test", "has a scheme that is not supported"],
  ])("%s", ([, value, says]) => {
    const message = expect.stringMatching(
      new RegExp(`^HTTPS_PROXY ${says}(?!.*(?:ann|cret|s3|12|50|proxy\\.test))`),
    );
    const error = expect.objectContaining({ code: "unreachable", notApplied: true, message });
    expect(() => proxyFor(HTTPS, { HTTPS_PROXY: value })).toThrow(error);
  });

  test("unless the host needs no proxy", () => {
    expect(proxyFor(HTTPS, { HTTPS_PROXY: "http://a:#", NO_PROXY: "corp.test" })).toBeUndefined();
  });
});
