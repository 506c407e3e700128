import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { drawStack } from "./stack.ts";
import { drawTerminal } from "./terminal.ts";

const image = (name: string) =>
  readFile(new URL(`../../../docs/images/${name}`, import.meta.url), "utf8");

test("the picture of the architecture is drawn from its text", async () => {
  expect(await image("architecture.svg")).toBe(
    drawStack("Architecture", await image("architecture.txt")),
  );
});

test("a line that is neither box nor arrow is refused", () => {
  expect(() => drawStack("", "circle: a")).toThrow('"circle: a" is no box and no arrow');
});

test("a terminal's lines are escaped, cut, and appear one after another", () => {
  const drawn = drawTerminal("A & B", "$ echo '<b>'\n<b>\n1234567890123456", 15);
  expect(drawn).toContain("<title>A &#38; B</title>");
  expect(drawn).toContain(">$ echo '&#60;b&#62;'<");
  expect(drawn).toContain('style="animation-delay:0.35s" xml:space="preserve">&#60;b&#62;<');
  expect(drawn).toContain(">12345678901234…<");
});
