import manifest from "../package.json" with { type: "json" };

/** This plugin's version, as the server's catalog shows it. */
export const VERSION = `v${manifest.version}`;
