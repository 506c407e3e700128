import { randomInt } from "node:crypto";

const ALPHANUMERICS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

function random(length: number): string {
  return Array.from({ length }, () => ALPHANUMERICS[randomInt(ALPHANUMERICS.length)]).join("");
}

/** Generates an id in the documented form: `at-QmATJea6aWj1xR2t`. */
export function newId(prefix: "at" | "mt" | "team" | "user"): string {
  return `${prefix}-${random(16)}`;
}

/** Generates a token's secret in the documented form: 14 characters, `.atlasv1.`, 67 characters. */
export function newTokenText(): string {
  return `${random(14)}.atlasv1.${random(67)}`;
}

/** Generates a metrics token's secret, which has another form. */
export function newMetricsTokenText(): string {
  return `hcpt_${random(14)}.${random(67)}`;
}
