import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { startSimulator } from "@vault-ts/terraform-cloud/simulator";
import { generate } from "selfsigned";
import { expect, test } from "vitest";
import { checkUpstream } from "./upstream.ts";

const HERE = { basePath: "/api/v2/", caCert: "" };

/** What is found of a web server that isn't Terraform Cloud. */
async function findingsAt(listener: RequestListener, env: NodeJS.ProcessEnv = {}) {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return await checkUpstream({ ...HERE, address }, env);
  } finally {
    server.close();
  }
}

test("Terraform Cloud is reached without a token, and the clocks agree", async () => {
  await using simulator = await startSimulator();
  const findings = await checkUpstream({ ...HERE, address: simulator.address }, {});
  expect(findings.map(({ check, status }) => `${check} ${status}`)).toEqual([
    "terraform cloud ok",
    "clock ok",
    "rate limit ok",
  ]);
  expect(findings[2]?.message).toBe("30 requests a second");
  expect(simulator.requests).toEqual([{ method: "GET", path: "/api/v2/ping", status: 401 }]);
});

test.for<[number, string]>([
  [7_200_000, "this machine is 7200s behind http"],
  [-60_000, "this machine is 60s ahead of http"],
])("a clock that is off by %i ms is wrong", async ([offsetMs, says]) => {
  await using simulator = await startSimulator();
  simulator.world.clockOffsetMs = offsetMs;
  const [, clock] = await checkUpstream({ ...HERE, address: simulator.address }, {});
  // The header has whole seconds.
  expect(clock?.message.replace(/7199|7201/, "7200").replace(/61s|59s/, "60s")).toContain(says);
  expect(clock).toMatchObject({ status: "wrong", remedy: "synchronize both clocks with NTP" });
});

test.for<[string, RequestListener, string]>([
  [
    "a page of a reverse proxy",
    (_, response) =>
      response
        .writeHead(200, { "content-type": "text/html; charset=utf-8" })
        .end("<h1>Sign in</h1>"),
    "answers 200 with text/html, which isn't a response of Terraform Cloud's API",
  ],
  [
    "a redirect",
    (_, response) => response.writeHead(302, { location: "/login" }).end(),
    "answers 302, a redirect",
  ],
  [
    "another path of the API",
    (_, response) => response.writeHead(404, { "content-type": "application/json" }).end("{}"),
    "there is no API at /api/v2/",
  ],
  [
    "a fault",
    (_, response) => response.writeHead(503, { "content-type": "application/json" }).end("{}"),
    "answers 503 with application/json",
  ],
  ["a connection that is cut", (request) => request.socket.destroy(), "failed: socket hang up"],
])("%s is wrong", async ([, listener, says]) => {
  const findings = await findingsAt(listener);
  expect(findings).toHaveLength(1);
  expect(findings[0]).toMatchObject({ status: "wrong", message: expect.stringContaining(says) });
  expect(findings[0]?.remedy).not.toBe("");
});

test("an API without a limit and a time gets notes", async () => {
  const findings = await findingsAt((_, response) => {
    response.sendDate = false;
    response.writeHead(204).end();
  });
  expect(findings.map(({ status }) => status)).toEqual(["ok", "note", "note"]);
});

test.for<[string, string, NodeJS.ProcessEnv, string]>([
  ["a name that there is none of", "https://tfe.invalid", {}, "check the host name in address"],
  ["a port that nothing listens on", "http://127.0.0.1:1", {}, "ECONNREFUSED 127.0.0.1:1"],
  ["what is no address", "ftp://tfe.example.com", {}, "address must be http:// or https://"],
  [
    "a proxy that isn't there",
    "https://tfe.example.com",
    { HTTPS_PROXY: "http://user:hidden@127.0.0.1:1" },
    "connecting to the proxy in HTTPS_PROXY failed: ECONNREFUSED; check the variable",
  ],
])("%s is wrong", async ([, address, env, says]) => {
  const [finding] = await checkUpstream({ ...HERE, address }, env);
  expect(finding?.status).toBe("wrong");
  expect(`${finding?.message}; ${finding?.remedy}`).toContain(says);
  expect(JSON.stringify(finding)).not.toContain("hidden");
});

test("an untrusted authority fails, and passes with its certificate", async () => {
  const { private: key, cert } = await generate([{ name: "commonName", value: "tfe" }], {
    algorithm: "sha256",
    extensions: [
      { name: "basicConstraints", cA: true },
      { name: "subjectAltName", altNames: [{ type: 7, ip: "127.0.0.1" }] },
    ],
  });
  await using simulator = await startSimulator({ tls: { key, cert } });
  const { address } = simulator;
  const [untrusted] = await checkUpstream({ ...HERE, address }, {});
  expect(untrusted).toMatchObject({
    status: "wrong",
    message: expect.stringContaining("set ca_cert"),
  });
  const [trusted] = await checkUpstream({ ...HERE, address, caCert: cert }, {});
  expect(trusted?.status).toBe("ok");
});
