import { expect, test } from "vitest";
import { f } from "./fields/field.ts";
import { openApiDocument } from "./openapi.ts";
import { definePath } from "./path.ts";

const item = definePath("item/:name", {
  help: { synopsis: "Keeps\n  an item.", description: "It keeps an item." },
  params: { name: f.nameString({ description: "Name." }) },
  fields: {
    key: f.string({ description: "Key.", sensitive: true, displayName: "Key", required: true }),
    tags: f.commaStringSlice({ description: "Tags." }),
    kind: f.string({ description: "Kind.", allowedValues: ["a", "b"], default: "a" }),
    version: f.int({ description: "Version.", query: true, deprecated: true }),
  },
  returns: { at: f.time({ description: "When." }) },
  operationIds: { read: "shop-read-item" },
  exists: async () => true,
  read: () => ({ at: new Date() }),
  update: () => undefined,
  delete: () => undefined,
});
const items = definePath("item/?", {
  help: { synopsis: "Lists.", description: "Lists." },
  params: {},
  list: () => ({ keys: [] }),
});

test("the document of a path and of a list", () => {
  expect(openApiDocument([item, items], "2.7.2", "shop")).toMatchObject({
    openapi: "3.0.2",
    info: { version: "2.7.2" },
    paths: {
      "/item/{name}": {
        description: "Keeps an item.",
        "x-vault-createSupported": true,
        parameters: [
          {
            name: "name",
            in: "path",
            required: true,
            schema: { type: "string", pattern: "\\w([\\w-.]*\\w)?" },
          },
          { name: "version", in: "query", deprecated: true, schema: { type: "integer" } },
        ],
        get: {
          operationId: "shop-read-item",
          responses: {
            200: {
              content: {
                "application/json": {
                  schema: {
                    $ref: "#/components/schemas/ShopReadItemResponse",
                    ref: "#/components/schemas/ShopReadItemResponse",
                  },
                },
              },
            },
          },
        },
        post: {
          operationId: "shop-write-item-name",
          requestBody: {
            required: true,
            content: {
              "application/json": {
                schema: {
                  $ref: "#/components/schemas/ShopWriteItemNameRequest",
                  ref: "#/components/schemas/ShopWriteItemNameRequest",
                },
              },
            },
          },
          responses: { 200: { description: "OK" }, 204: { description: "empty body" } },
        },
        delete: {
          operationId: "shop-delete-item-name",
          responses: { 204: { description: "empty body" } },
        },
      },
      "/item": {
        get: {
          operationId: "shop-list-item",
          parameters: [{ name: "list", in: "query", required: true }],
        },
      },
    },
    components: {
      schemas: {
        ShopWriteItemNameRequest: {
          type: "object",
          required: ["key"],
          properties: {
            key: { type: "string", "x-vault-displayAttrs": { name: "Key", sensitive: true } },
            tags: { type: "array", items: { type: "string" } },
            kind: { type: "string", enum: ["a", "b"], default: "a" },
          },
        },
        ShopReadItemResponse: {
          type: "object",
          properties: { at: { type: "string", format: "date-time" } },
        },
      },
    },
  });
});

test("a query parameter of a read is in the body of a write", () => {
  const { ShopWriteItemNameRequest: request } = (
    openApiDocument([item], "", "shop")["components"] as {
      readonly schemas: Readonly<Record<string, { readonly properties: object }>>;
    }
  ).schemas;
  expect(Object.keys(request?.properties ?? {})).toEqual(["key", "tags", "kind", "version"]);
});

test("each operation documents its responses", () => {
  const document = openApiDocument([item, items], "", "shop");
  const { "/item/{name}": one, "/item": all } = document["paths"] as Record<
    string,
    Record<string, { readonly responses: object }>
  >;
  const answers = (operation: { readonly responses: object } | undefined) =>
    Object.keys(operation?.responses ?? {});
  expect(answers(one?.["get"])).toEqual(["200"]);
  expect(answers(one?.["post"])).toEqual(["200", "204"]);
  expect(answers(one?.["delete"])).toEqual(["204"]);
  expect(answers(all?.["get"])).toEqual(["200"]);
});

test("the empty string clears a field, and isn't documented as a value", () => {
  const size = f.string({ description: "Size.", allowedValues: ["", "s", "m"] });
  const shelf = definePath("shelf", {
    help: { synopsis: "A shelf.", description: "A shelf." },
    params: {},
    fields: { size },
    update: () => undefined,
  });
  expect(openApiDocument([shelf], "", "shop")["components"]).toEqual({
    schemas: {
      ShopWriteShelfRequest: {
        type: "object",
        properties: { size: { type: "string", enum: ["s", "m"], description: "Size." } },
      },
    },
  });
});
