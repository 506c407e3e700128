import { expect, test } from "vitest";
import { drawRatios } from "./chart.ts";

test("a chart has a bar for each plugin but the first, and a line for that one", () => {
  const plugins = ["go", "node", "bun"].map((name) => ({ name, title: `runs on ${name}` }));
  const figures = plugins.map(({ name }, index) => ({
    row: "role read, 1 client",
    plugin: name,
    value: index,
    ratio: 1 + index / 10,
  }));
  const drawn = drawRatios({ title: "", digits: 0, figures }, plugins, "Reads <&>");
  expect(drawn).toMatch(/^<svg .*>\n<title>Reads &#60;&#38;&#62;<\/title>\n<rect /);
  for (const text of ["Reads &lt;&amp;&gt;", "role read, 1 client", "runs on node", "runs on bun"])
    expect(drawn).toContain(text);
  expect(drawn).not.toMatch(/<style|class=|ecmeta|pointer/);
  expect(drawn.match(/fill="#93b7f1"/g)?.length).toBeGreaterThan(1);
});
