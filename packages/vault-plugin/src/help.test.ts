import { expect, test } from "vitest";
import { f } from "./fields/field.ts";
import { mountHelp, pathHelp } from "./help.ts";
import { definePath } from "./path.ts";

const color = definePath("color/:name", {
  help: { synopsis: "Keeps a color.", description: "\nFirst line.\nSecond line.\n" },
  params: { name: f.nameString({ description: "Name of the color." }) },
  fields: {
    red: f.int({ description: "How much red." }),
    fades: f.durationSecond({ description: "When it fades.", deprecated: true }),
  },
  rules: ["red is at most 255"],
});

test("path-help of a path", () => {
  expect(pathHelp(color, "color/sky")).toBe(`Request:        color/sky
Matching Route: ^color/(?P<name>\\w(([\\w-.]+)?\\w)?)$

Keeps a color.

## PARAMETERS

    fades (duration (sec))

        (DEPRECATED) When it fades.

    name (name string)

        Name of the color.

    red (int)

        How much red.

## DESCRIPTION

First line.
Second line.

Rules:

  - red is at most 255`);
});

test("path-help of a path without fields", () => {
  const list = definePath("color/?", {
    help: { synopsis: "Lists.", description: "All of them." },
    params: {},
  });
  expect(pathHelp(list, "color/")).toBe(`Request:        color/
Matching Route: ^color/?$

Lists.


## DESCRIPTION

All of them.`);
});

test("path-help of the mount", () => {
  const list = definePath("color/?", {
    help: { synopsis: "Lists.", description: "All of them." },
    params: {},
  });
  expect(mountHelp({ help: "Keeps colors.", paths: [list, color] })).toBe(`## DESCRIPTION

Keeps colors.

## PATHS

These are the paths of this mount. To read the help of one of them, run path-help
with any path that its pattern matches. The policies of your token determine which
paths you can use.

    ^color/(?P<name>\\w(([\\w-.]+)?\\w)?)$
        Keeps a color.

    ^color/?$
        Lists.`);
});
