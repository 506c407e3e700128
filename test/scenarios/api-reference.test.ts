import { readFile } from "node:fs/promises";
import { expect } from "vitest";
import { newMount } from "../support/mount.ts";
import { scenario } from "../support/scenario.ts";
import { useServer } from "../support/use-server.ts";

const use = useServer();

interface Sample {
  readonly method: string;
  /** Below the mount. */
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>> | undefined;
  readonly answer: Readonly<Record<string, unknown>> | undefined;
}

const readPage = () => readFile(new URL("../../docs/api.md", import.meta.url), "utf8");

function samplesOf(page: string): readonly Sample[] {
  const blocks = page.matchAll(
    /```http\n(\w+) \/v1\/terraform\/(\S+)\n(?:\n([\s\S]*?))?```(?:\n\n```json\n([\s\S]*?)```)?/g,
  );
  return [...blocks].map(([, method = "", path = "", body, answer]) => ({
    method,
    path,
    body: body === undefined ? undefined : JSON.parse(body),
    answer: answer === undefined ? undefined : JSON.parse(answer),
  }));
}

/** What is another one each time: of these the sample has but the form. */
const VARYING = new Map([
  ["token", expect.stringMatching(/^\w{14}\.atlasv1\.\w+$/)],
  ["token_id", expect.stringMatching(/^at-\w{16}$/)],
  ["token_expired_at", expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)],
  ["lease_id", expect.stringMatching(/^[\w-]+\/creds\/my-role\/\w+$/)],
]);

scenario(["API_REFERENCE"], "each sample of the API reference is answered as it says", async () => {
  await using mount = await newMount(use.server);
  const samples = samplesOf(await readPage());
  expect(samples.length).toBeGreaterThan(10);
  for (const { method, path, body, answer } of samples) {
    const { address, credentials } = mount.simulator;
    const own = { ...(body?.["token"] !== undefined && { token: credentials.token, address }) };
    const sent = await use.server.request(method, `${mount.path}/${path}`, body && { ...body, ...own });
    const what = `${method} ${path}`;
    expect([what, sent.status]).toEqual([what, answer ? 200 : 204]);
    if (!answer) continue;
    const expected = JSON.parse(
      JSON.stringify(answer).replaceAll("https://app.terraform.io", address),
      (key, value) => (value !== "" && VARYING.has(key) ? VARYING.get(key) : value),
    );
    const { data, ...others } = expected;
    const received = sent.body as Readonly<Record<string, unknown>>;
    expect([what, received]).toMatchObject([what, others]);
    // Of the data nothing may be missing in the sample.
    expect([what, received["data"]]).toEqual([what, data]);
  }
});

scenario(["API_REFERENCE"], "its parameters are those of the server's OpenAPI document", async () => {
  // A mount is there, for its paths to be told.
  await using _ = await newMount(use.server);
  const { body } = await use.server.request("GET", "sys/internal/specs/openapi");
  const { schemas } = (body as { components: { schemas: Readonly<Record<string, unknown>> } }).components;
  const page = await readPage();
  const sections = new Map(page.split(/^## /m).map((section) => [section.split("\n")[0], section]));
  for (const [section, schema] of [
    ["config", "TerraformCloudConfigureRequest"],
    ["role/:name", "TerraformCloudWriteRoleRequest"],
  ] as const) {
    const rows = [
      ...(sections.get(section) ?? "").matchAll(/^\| `(\w+)`\s*\| (\w+)\s*\|\s*(?:`([^`]*)`)?\s*\|/gm),
    ];
    const told = rows.map(([, name, type, standard]) => [name, type, standard]);
    const { properties } = schemas[schema] as { properties: Readonly<Record<string, Property>> };
    const documented = Object.entries(properties).map(([name, { type, format, default: standard }]) => [
      name,
      format === "seconds" ? "duration" : type,
      standard === undefined ? undefined : String(standard),
    ]);
    expect(told.sort()).toEqual(documented.sort());
  }
});

interface Property {
  readonly type: string;
  readonly format?: string;
  readonly default?: unknown;
}
