import crypto from "node:crypto";
import { replaceBuiltins } from "./builtins.ts";

/** All that the process draws by chance follows from a seed, until it is disposed of. */
export function seedRandomness(seed: number): Disposable {
  let drawn = 0;
  const draw = () => hash(seed, String(drawn++)) / 2 ** 32;
  const bytes = (count: number) =>
    Buffer.from(Array.from({ length: count }, () => Math.floor(draw() * 256)));
  const restore = replaceBuiltins([
    [Math, "random", draw],
    [crypto, "randomInt", (limit: number) => Math.floor(draw() * limit)],
    [crypto, "randomBytes", bytes],
    [crypto, "randomUUID", () => bytes(16).toString("hex")],
  ]);
  return { [Symbol.dispose]: restore };
}

/**
 * A number below 2^32 that follows from a seed and a string, as evenly spread as one drawn by
 * chance.
 */
export function hash(seed: number, text: string): number {
  let state = seed ^ 0x9e3779b9;
  for (let index = 0; index < text.length; index += 1) {
    state = Math.imul(state ^ text.charCodeAt(index), 0x85ebca6b);
    state ^= state >>> 13;
  }
  state = Math.imul(state ^ (state >>> 16), 0xc2b2ae35);
  return (state ^ (state >>> 15)) >>> 0;
}
