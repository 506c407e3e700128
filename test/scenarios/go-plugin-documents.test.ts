import { findGoPlugin } from "@vault-ts/dev";
import { findServer, startDevServer } from "@vault-ts/openbao";
import { expect } from "vitest";
import { commonHelp, commonOpenApi } from "../support/common-documents.ts";
import { differences } from "../support/differences.ts";
import { GO_PLUGIN, NO_GO_PLUGIN, readRecording } from "../support/go-plugin.ts";
import { type Documents, observeDocuments } from "../support/observe-documents.ts";
import { scenario } from "../support/scenario.ts";
import { useServer } from "../support/use-server.ts";

const use = useServer();

/**
 * How the document says less or other things than that of HashiCorp's engine; each holds somewhere.
 */
const MEANT: readonly { readonly reason: string; readonly difference: RegExp }[] = [
  {
    reason: "the document says what a field must be",
    difference: /\.properties\.\w+\.(pattern|enum\.\d): .*, not nothing$/,
  },
  {
    reason: "a duration is whole seconds, as OpenBao's framework has it; a text only in Vault's",
    difference:
      /\.properties\.(max_)?ttl\.(type: "integer", not "string"|format: "seconds", not "duration")$/,
  },
  {
    reason: "only the first write to config needs a token: the others keep the one that is there",
    difference: /ConfigureRequest\.required\.0: nothing, not "token"$/,
  },
  {
    reason: "the document has the fields of a read's response",
    difference:
      /\.get\.responses\.200(: nothing, not \{\}|\.content\.application\/json\.schema\S*: .*, not nothing)$/,
  },
  {
    reason:
      "a host loses $ref on the way, and keeps ref: the document has both, so that a body keeps its fields",
    difference:
      /\.requestBody\.content\.application\/json\.schema(\.\$?ref: "#\/components\/.*, not nothing|: nothing, not \{\})$/,
  },
  {
    reason: "creds take a ttl",
    difference: /\/creds\/\{name\}\.post\.requestBody\.required: true, not nothing$/,
  },
  {
    reason: "config and roles can be patched",
    difference: /\/(config|role\/\{name\})\.patch\./,
  },
  {
    reason: "the document says that a write may respond with 204",
    difference: /\.post\.responses\.204: \{\}, not nothing$/,
  },
  {
    reason: "a schema of all lists is in Vault's framework alone",
    difference: /(StandardListResponse.*|\/role\.get\.responses\.200.*): (nothing|\{\}), not .*$/,
  },
];

scenario(["GO_PLUGIN_HELP"], "path-help has the form of HashiCorp's engine", async () => {
  const theirs = await readRecording<Documents>("documents");
  const ours = await observeDocuments(use.server, "terraform");
  for (const [path, form] of Object.entries(theirs.help)) {
    // There the name of a role is lower-cased everywhere but where its token is rotated.
    const meant =
      path === "rotate-role/one" ? form.replace("name (string)", "name (lowercase string)") : form;
    expect(commonHelp(ours.help[path] ?? "", meant)).toBe(meant);
  }
});

scenario(
  ["GO_PLUGIN_OPENAPI"],
  "the OpenAPI document of HashiCorp's paths has its operations and fields",
  async () => {
    const theirs = listWithoutSlash(await readRecording<Documents>("documents"));
    const ours = await observeDocuments(use.server, "terraform");
    const found = [
      ...differences(commonOpenApi(ours.openapi, theirs.openapi), theirs.openapi),
      ...differences(commonOpenApi({ paths: ours.serverPaths }, { paths: theirs.serverPaths }), {
        paths: theirs.serverPaths,
      }),
    ];
    expect(found.filter((line) => !MEANT.some(({ difference }) => difference.test(line)))).toEqual(
      [],
    );
    for (const { reason, difference } of MEANT) {
      expect(
        found.some((line) => difference.test(line)),
        reason,
      ).toBe(true);
    }
  },
);

scenario(
  ["GO_PLUGIN_HELP", "GO_PLUGIN_OPENAPI"],
  "HashiCorp's engine still matches its recording",
  async ({ skip }) => {
    const file = await findGoPlugin();
    if (!file) return skip(NO_GO_PLUGIN);
    await using server = await startDevServer({
      binary: await findServer(),
      plugins: [{ name: GO_PLUGIN, file }],
    });
    expect(await observeDocuments(server, GO_PLUGIN)).toEqual(await readRecording("documents"));
  },
);

/** `role/?` is `/role/` to Vault's framework, and `/role` to OpenBao's and to ours. */
function listWithoutSlash(documents: Documents): Documents {
  return JSON.parse(JSON.stringify(documents).replaceAll('"/role/":', '"/role":'));
}
