import { servePlugin } from "@vault-ts/vault-plugin";
import { createBackend } from "./backend.ts";
import { VERSION } from "./version.ts";

void servePlugin({ version: VERSION, backend: createBackend });
