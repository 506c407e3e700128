import { readFile } from "node:fs/promises";
import { startSimulator } from "@vault-ts/terraform-cloud/simulator";
import { expect } from "vitest";
import { Placeholders, samplesOf } from "../support/api-samples.ts";
import { type PathTables, pathTablesOf, type Row } from "../support/api-tables.ts";
import { newMount } from "../support/mount.ts";
import { scenario } from "../support/scenario.ts";
import { useServer } from "../support/use-server.ts";

const use = useServer();

const document = await readFile(new URL("../../docs/api.md", import.meta.url), "utf8");

scenario(
  ["API_REFERENCE"],
  "each request of the API reference has the documented response",
  async () => {
    await using simulator = await startSimulator();
    const placeholders = new Placeholders({ "<your token>": simulator.credentials.token });
    const samples = samplesOf(document.replaceAll("https://tfe.example.com", simulator.address));
    expect(samples.length).toBeGreaterThan(25);
    for (const { method, path, body, status, answer } of samples) {
      const received = await use.server.request(method, path, placeholders.fill(body));
      const shown = placeholders.mask(withoutEmpty(received.body), answer);
      expect({ method, path, status: received.status, answer: shown }).toEqual({
        method,
        path,
        status,
        answer,
      });
    }
  },
);

/** What is left of an answer when what each answer has is left out, and what is empty. */
function withoutEmpty(body: unknown): unknown {
  if (body === undefined) return undefined;
  const isShown = ([name, value]: [string, unknown]) =>
    Boolean(value) && name !== "request_id" && name !== "mount_type";
  return Object.fromEntries(Object.entries(body as Record<string, unknown>).filter(isShown));
}

/** What this reads of an OpenAPI document. */
interface OpenApi {
  readonly paths: Readonly<Record<string, PathItem>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

interface PathItem {
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly schema: Property;
  }[];
  readonly get?: { readonly responses: { readonly 200: Content } };
  readonly post?: { readonly requestBody?: Content };
}

interface Content {
  readonly content?: {
    readonly "application/json": { readonly schema: { readonly $ref?: string } };
  };
}

interface Schema {
  readonly properties: Readonly<Record<string, Property>>;
}

interface Property {
  readonly type: string;
  readonly format?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
}

type Described = Pick<Row, "name" | "type" | "default">;

scenario(
  ["API_REFERENCE"],
  "the tables of the API reference match the server's OpenAPI document",
  async () => {
    await using mount = await newMount(use.server);
    const specification = await use.server.request("GET", "sys/internal/specs/openapi");
    const openApi = specification.body as OpenApi;
    const prefix = `/${mount.path}/`;
    const described = pathTablesOf(document);
    const served = Object.keys(openApi.paths).filter((path) => path.startsWith(prefix));
    const templates = new Map(described.map((tables) => [templateOf(prefix, tables), tables]));
    expect([...templates.keys()].sort()).toEqual(served.sort());
    for (const [template, { parameters, fields }] of templates) {
      const item = openApi.paths[template] ?? {};
      const query = (item.parameters ?? []).filter((parameter) => parameter.in === "query");
      const body = propertiesOf(openApi, item.post?.requestBody);
      // What a read takes in its query, a write takes in its body.
      const alone = query.filter(({ name }) => !body.some(([other]) => other === name));
      const taken = [
        ...body,
        ...alone.map(({ name, schema }): [string, Property] => [name, schema]),
      ];
      expect(sorted(parameters.map(columns))).toEqual(sorted(taken.map(columnsOf)));
      const given = propertiesOf(openApi, item.get?.responses[200]).map(columnsOf);
      expect(sorted(fields.map(columns))).toEqual(
        sorted(given.map((column) => ({ ...column, default: "" }))),
      );
      const values = taken.flatMap(([name, property]) =>
        (property.enum ?? []).map((value) => [name, value]),
      );
      const told = (name = "", value = "") =>
        parameters.find((row) => row.name === name)?.text.includes(`\`${value}\``);
      expect(values.filter(([name, value]) => value !== "" && !told(name, value))).toEqual([]);
    }
  },
);

scenario(["API_REFERENCE"], "the limits of the API reference match those of requests", async () => {
  await using mount = await newMount(use.server);
  for (const { path, parameters } of pathTablesOf(document).filter(({ path }) =>
    /^(config|role\/:name)$/.test(path),
  )) {
    const texts = parameters
      .filter(({ type }) => type === "string")
      .map(({ name }) => [name, "x".repeat(300_000)]);
    const { errors } = await mount.write(path.replace(":name", "a"), Object.fromEntries(texts));
    const met = [...errors.join().matchAll(/field "(\w+)" must be at most (\d+) characters/g)].map(
      ([, name, limit]) => [name, limit],
    );
    const told = parameters.flatMap(({ name, text }) => {
      const [, limit] = /at most (\d+) characters/.exec(text) ?? [];
      return limit === undefined ? [] : [[name, limit]];
    });
    expect(told.length).toBeGreaterThan(3);
    expect(told).toEqual(met);
  }
});

function templateOf(prefix: string, { path }: PathTables): string {
  return `${prefix}${path.replace(/:(\w+)/, "{$1}")}`;
}

function propertiesOf({ components }: OpenApi, content: Content | undefined): [string, Property][] {
  const name = content?.content?.["application/json"].schema.$ref?.split("/").at(-1) ?? "";
  return Object.entries(components.schemas[name]?.properties ?? {});
}

function columns({ name, type, default: fallback }: Row): Described {
  return { name, type, default: fallback };
}

const FORMATS: Readonly<Record<string, string>> = { seconds: "duration", "date-time": "time" };

function columnsOf([name, { type, format = "", default: fallback = "" }]: [
  string,
  Property,
]): Described {
  return { name, type: FORMATS[format] ?? type, default: String(fallback) };
}

function sorted(rows: readonly Described[]): readonly Described[] {
  return rows.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
