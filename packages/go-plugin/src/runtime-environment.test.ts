import { expect, it } from "vitest";
import { dropRuntimeVariables } from "./runtime-environment.ts";

it.each([
  {
    name: "what configures a runtime goes, and all else stays",
    before: {
      NODE_DEBUG: "http",
      NODE_TLS_REJECT_UNAUTHORIZED: "0",
      BUN_CONFIG_VERBOSE_FETCH: "curl",
      UV_THREADPOOL_SIZE: "1",
      SSLKEYLOGFILE: "/tmp/keys",
      PLUGIN_NODE_OPTIONS: "--jitless",
      SSL_CERT_FILE: "/etc/ca.pem",
      PATH: "/bin",
    },
    after: { PLUGIN_NODE_OPTIONS: "--jitless", SSL_CERT_FILE: "/etc/ca.pem", PATH: "/bin" },
  },
  {
    name: "the extra certificates are passed on under a name of the plugin's",
    before: { NODE_EXTRA_CA_CERTS: "/etc/ca.pem" },
    after: { PLUGIN_EXTRA_CA_CERTS: "/etc/ca.pem" },
  },
  {
    name: "the plugin's own extra certificates win",
    before: { NODE_EXTRA_CA_CERTS: "/etc/ca.pem", PLUGIN_EXTRA_CA_CERTS: "/etc/own.pem" },
    after: { PLUGIN_EXTRA_CA_CERTS: "/etc/own.pem" },
  },
])("$name", ({ before, after }) => {
  const env: NodeJS.ProcessEnv = { ...before };
  dropRuntimeVariables(env);
  expect(env).toEqual(after);
});
