import { readFile } from "node:fs/promises";
import { GO_PLUGIN_VERSION } from "@vault-ts/dev";

/** What to say of a test that needs it. */
export const NO_GO_PLUGIN = "HashiCorp's engine isn't there: it needs Go, and Go's module proxy";

/** The name under which HashiCorp's engine, written in Go, is registered. */
export const GO_PLUGIN = "terraform-go";

/** Where it is recorded what HashiCorp's engine does. */
export function recordingOf(part: "answers" | "documents"): URL {
  return new URL(`../recorded/go-plugin-${GO_PLUGIN_VERSION}/${part}.json`, import.meta.url);
}

export async function readRecording<T>(part: "answers" | "documents"): Promise<T> {
  return JSON.parse(await readFile(recordingOf(part), "utf8"));
}
