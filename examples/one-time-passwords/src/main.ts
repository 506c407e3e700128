import { servePlugin } from "@vault-ts/vault-plugin";
import { createBackend } from "./one-time-passwords.ts";

void servePlugin({ version: "v0.1.0", backend: createBackend });
