import { access } from "node:fs/promises";
import { findServer } from "@vault-ts/openbao";
import { ARTIFACTS } from "../src/artifacts.ts";
import { released } from "./support/released.ts";

/** Once for all tests of the release: it has to be built, and the server is there. */
export default async function setup(): Promise<void> {
  await access(released(ARTIFACTS.checksums)).catch((cause: unknown) => {
    throw new Error(
      "testing the release failed: there is none in release/; run npm run release:build first",
      {
        cause,
      },
    );
  });
  await findServer();
}
