import { expect, test } from "vitest";
import { createClient } from "../client.ts";
import { answerRequest, type Site, type SiteAnswer } from "./answer-request.ts";
import { type CarriedRequest, connectInProcess } from "./in-process.ts";
import { RequestQuota } from "./request-quota.ts";
import { DEFAULT_SEED, SEEDED } from "./seed.ts";
import { World } from "./world.ts";

const world = new World(DEFAULT_SEED);
const site: Site = {
  world,
  edition: "hcp",
  basePath: "/api/v2/",
  rateLimit: undefined,
  quota: new RequestQuota(),
};
const { text: token } = world.grant(
  { type: "users", id: SEEDED.userId },
  { description: "operator" },
);

const clientOf = (carry: (request: CarriedRequest) => Promise<SiteAnswer>) =>
  createClient(
    { address: "https://tfe.test", token, requestTimeoutMs: 50 },
    connectInProcess(carry),
  );

test("a client calls a site in its process", async () => {
  const origins: string[] = [];
  const client = clientOf(async (request) => {
    origins.push(request.origin);
    return answerRequest(site, request);
  });
  const issued = await client.userTokens.create(SEEDED.userId, { description: "ci" });
  expect(world.authenticate(issued.token)?.description).toBe("ci");
  await client.tokens.delete(issued.id);
  expect(world.authenticate(issued.token)).toBeUndefined();
  expect(origins).toEqual(["https://tfe.test", "https://tfe.test"]);
});

test("a client without a response in time stops waiting", async () => {
  await expect(clientOf(() => new Promise(() => {})).account.details()).rejects.toMatchObject({
    code: "timeout",
  });
});

test("a request on a broken connection has an unknown outcome", async () => {
  const client = clientOf(() => Promise.reject(new Error("connection reset")));
  await expect(client.userTokens.create(SEEDED.userId, { description: "x" })).rejects.toMatchObject(
    {
      code: "unreachable",
      notApplied: false,
    },
  );
});
