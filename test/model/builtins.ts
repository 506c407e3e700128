import { syncBuiltinESMExports } from "node:module";

/** A function of the platform, and what stands in for it. */
export type Replacement = readonly [owner: object, name: string, by: unknown];

/** Replaces functions of the platform, for all who call or import them, until it is undone. */
export function replaceBuiltins(replacements: readonly Replacement[]): () => void {
  const originals = replacements.map(
    ([owner, name]): Replacement => [owner, name, Reflect.get(owner, name)],
  );
  const set = (all: readonly Replacement[]) => {
    for (const [owner, name, value] of all) Reflect.set(owner, name, value);
    syncBuiltinESMExports();
  };
  set(replacements);
  return () => set(originals);
}
