/**
 * The members of an OpenAPI document that an engine may have more of than another, without being
 * another.
 */
const OPEN: ReadonlySet<string> = new Set(["paths", "schemas", "properties", "parameters"]);

/**
 * What of one engine's OpenAPI document the other's has too: paths, schemas, properties and
 * parameters of its own are left out. All else that it says of those stays.
 */
export function commonOpenApi(ours: unknown, theirs: unknown, member = ""): unknown {
  if (Array.isArray(ours) && Array.isArray(theirs)) {
    return ours
      .map((own) => [own, theirs.find((other) => nameOf(other) === nameOf(own))] as const)
      .filter(([, other]) => !OPEN.has(member) || other !== undefined)
      .map(([own, other]) => commonOpenApi(own, other));
  }
  if (!isRecord(ours) || !isRecord(theirs)) return ours;
  const common = Object.entries(ours).filter(
    ([name]) => !(OPEN.has(member) || name === "parameters") || Object.hasOwn(theirs, name),
  );
  return Object.fromEntries(
    common.map(([name, own]) => [name, commonOpenApi(own, theirs[name], name)] as const),
  );
}

/**
 * The same of the form of a help: parameters and paths of its own are left out, and the heading if
 * none remains.
 */
export function commonHelp(ours: string, theirs: string): string {
  return ours
    .replace(/^ {4}(\S+) \(.*\)\n\n {8}…\n\n/gm, (parameter, name) =>
      theirs.includes(`    ${name} (`) ? parameter : "",
    )
    .replace("## PARAMETERS\n\n## DESCRIPTION", "\n## DESCRIPTION")
    .replace(/^ {4}(\^.*)\n {8}…(?:\n\n)?/gm, (route, pattern) =>
      theirs.includes(pattern) ? route : "",
    )
    .trimEnd();
}

function nameOf(member: unknown): unknown {
  return isRecord(member) ? member["name"] : member;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
