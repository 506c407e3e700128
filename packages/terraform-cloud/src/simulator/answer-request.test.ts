import { expect, test } from "vitest";
import { answerRequest, type Site, type SiteRequest } from "./answer-request.ts";
import { RequestQuota } from "./request-quota.ts";
import { DEFAULT_SEED, SEEDED } from "./seed.ts";
import { World } from "./world.ts";

const NOW = Date.parse("2030-01-01T00:00:00Z");
const world = new World(DEFAULT_SEED, () => NOW);
const site: Site = {
  world,
  edition: "hcp",
  basePath: "/api/v2/",
  rateLimit: undefined,
  quota: new RequestQuota(),
};
const { text } = world.grant({ type: "users", id: SEEDED.userId }, { description: "operator" });
const request = (parts: Partial<SiteRequest>): SiteRequest => ({
  method: "GET",
  path: "/api/v2/account/details",
  authorization: `Bearer ${text}`,
  body: "",
  ...parts,
});

test("a request is handled at once, with the headers of Terraform Cloud", () => {
  expect(answerRequest(site, request({}))).toMatchObject({
    status: 200,
    headers: {
      date: "Tue, 01 Jan 2030 00:00:00 GMT",
      "tfp-appname": "HCP Terraform",
      "content-type": "application/vnd.api+json; charset=utf-8",
      "x-ratelimit-limit": "30",
    },
    document: { data: { id: SEEDED.userId } },
  });
});

test("without a rate limit, a response states none", () => {
  const { headers } = answerRequest({ ...site, rateLimit: null }, request({}));
  expect(Object.keys(headers)).toEqual(["date", "tfp-api-version", "tfp-appname", "content-type"]);
});

test("a response without a document has no content type", () => {
  const { status, headers, document } = answerRequest(site, request({ path: "/api/v2/ping" }));
  expect([status, headers["content-type"], document]).toEqual([204, undefined, undefined]);
});

test.for<[string, Partial<SiteRequest>, number, string]>([
  ["no bearer", { authorization: undefined }, 401, "unauthorized"],
  ["another base path", { path: "/other/account/details" }, 404, "not found"],
  ["a path that isn't percent-encoded", { path: "/api/v2/teams/%zz" }, 400, "bad request"],
  [
    "a body that is no JSON",
    { method: "POST", path: "/api/v2/users/x/authentication-tokens", body: "{" },
    400,
    "bad request",
  ],
])("%s is rejected with an error document", ([, parts, status, title]) => {
  expect(answerRequest(site, request(parts))).toMatchObject({
    status,
    document: { errors: [{ status: String(status), title }] },
  });
});

test("the services of the host are returned without a token, as plain JSON", () => {
  const discovery = request({ path: "/.well-known/terraform.json", authorization: undefined });
  expect(answerRequest({ ...site, basePath: "/tfe/api/v2/" }, discovery)).toMatchObject({
    status: 200,
    headers: { "content-type": "application/json" },
    document: { "tfe.v2": "/tfe/api/v2/", "state.v2": "/tfe/api/v2/" },
  });
});

const IN_ORGANIZATION = `/api/v2/organizations/${SEEDED.organization}`;
const WORKSPACE = "/api/v2/workspaces/ws-7aGr2TLbUYaQbmdN";

test("a workspace runs locally, has no state, and can be locked once", () => {
  const shown = answerRequest(site, request({ path: `${IN_ORGANIZATION}/workspaces/network` }));
  expect(shown.document).toMatchObject({
    data: { id: "ws-7aGr2TLbUYaQbmdN", attributes: { operations: false, locked: false } },
  });
  const act = (action: string) =>
    answerRequest(site, request({ method: "POST", path: `${WORKSPACE}/actions/${action}` })).status;
  expect([act("lock"), act("lock"), act("unlock"), act("unlock")]).toEqual([200, 409, 200, 409]);
  const statusOf = (path: string) => answerRequest(site, request({ path })).status;
  expect(statusOf(`${WORKSPACE}/current-state-version`)).toBe(404);
  expect(statusOf(`${IN_ORGANIZATION}/workspaces/other`)).toBe(404);
  expect(statusOf(`${IN_ORGANIZATION}/entitlement-set`)).toBe(200);
});

test("a workspace is visible only to those who see its organization", () => {
  const stranger = new World({
    ...DEFAULT_SEED,
    users: [...DEFAULT_SEED.users, { id: "user-stranger", username: "stranger" }],
  });
  const token = stranger.grant({ type: "users", id: "user-stranger" }, { description: "" });
  const authorization = `Bearer ${token.text}`;
  for (const path of [
    `${IN_ORGANIZATION}/workspaces/network`,
    `${WORKSPACE}/current-state-version`,
  ]) {
    const { document } = answerRequest(
      { ...site, world: stranger },
      request({ path, authorization }),
    );
    expect(document).toEqual({ errors: [{ status: "404", title: "not found" }] });
  }
});
