/**
 * Where two values differ, by path: `a.b: 1, not 2`, or `nothing` on the side that hasn't got it.
 */
export function differences(ours: unknown, theirs: unknown): string[] {
  const left = new Map(leaves(ours));
  const right = new Map(leaves(theirs));
  const paths = [...new Set([...left.keys(), ...right.keys()])].sort();
  return paths
    .filter((path) => left.get(path) !== right.get(path))
    .map((path) => `${path}: ${left.get(path) ?? "nothing"}, not ${right.get(path) ?? "nothing"}`);
}

/** Every value that has none below it, as JSON text. */
function leaves(value: unknown, path: readonly string[] = []): [string, string][] {
  const below = typeof value === "object" && value !== null ? Object.entries(value) : [];
  if (below.length === 0) return [[path.join("."), JSON.stringify(value)]];
  return below.flatMap(([key, member]) => leaves(member, [...path, nameOf(member) ?? key]));
}

/** Of a parameter in a list of them, its name: its place tells nothing. */
function nameOf(member: unknown): string | undefined {
  const { name, in: place } = (member ?? {}) as { name?: unknown; in?: unknown };
  return typeof name === "string" && typeof place === "string" ? name : undefined;
}
