import type { Finding } from "./finding.ts";

/** Whether nothing is wrong. */
export function isHealthy(findings: readonly Finding[]): boolean {
  return findings.every(({ status }) => status !== "wrong");
}

/**
 * The findings as a person reads them, a line each, or as JSON.
 *
 * @param secrets What is replaced wherever it is repeated.
 */
export function reportOf(
  findings: readonly Finding[],
  json: boolean,
  secrets: readonly string[],
): string {
  const safe = findings.map(({ message, remedy, ...rest }) => ({
    ...rest,
    message: clean(message, secrets),
    remedy: clean(remedy, secrets),
  }));
  if (json) return `${JSON.stringify({ ok: isHealthy(safe), findings: safe }, null, 2)}\n`;
  return safe.map((finding) => `${lineOf(finding)}\n`).join("");
}

function lineOf({ check, status, message, remedy }: Finding): string {
  const label = (status === "wrong" ? "WRONG" : status).padEnd(5);
  return `${label}  ${check}: ${message}${remedy === "" ? "" : `; ${remedy}`}`;
}

/** On one line, and without what is secret. */
function clean(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret !== "")
    .reduce((rest, secret) => rest.replaceAll(secret, "[redacted]"), text)
    .replace(/[\p{Cc}\s]+/gu, " ");
}
