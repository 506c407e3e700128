import { readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { pemCertificates } from "./pem-certificates.ts";
import type { Environment } from "./proxy-rules.ts";

/** The paths of systems' bundles, as in Go's `crypto/x509`: the first that can be read counts. */
const FILES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/pki/tls/cacert.pem",
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
  "/etc/ssl/cert.pem",
];

/** All of these are read, in addition to the bundle. */
const DIRECTORIES = ["/etc/ssl/certs", "/etc/pki/tls/certs"];

const reads = new Map<string, Promise<readonly string[]>>();

/**
 * Returns the certificates of the system's store: of the files that `SSL_CERT_FILE` and
 * `SSL_CERT_DIR` name, or of the usual ones. Read once in a process, as Go does. Empty if there are
 * none.
 */
export async function systemAuthorities(env: Environment): Promise<readonly string[]> {
  const files = env["SSL_CERT_FILE"] ? [env["SSL_CERT_FILE"]] : FILES;
  const directories = env["SSL_CERT_DIR"] ? env["SSL_CERT_DIR"].split(":") : DIRECTORIES;
  const key = JSON.stringify([files, directories]);
  const read = reads.get(key) ?? readStore(files, directories);
  reads.set(key, read);
  return await read;
}

async function readStore(
  files: readonly string[],
  directories: readonly string[],
): Promise<readonly string[]> {
  const texts = [await readFirst(files)];
  for (const directory of directories) texts.push(...(await readDirectory(directory)));
  // Most directories hold the certificates of the bundle a second time.
  return [...new Set(texts.flatMap(pemCertificates))];
}

async function readFirst(files: readonly string[]): Promise<string> {
  for (const file of files) {
    const text = await readText(file);
    if (text !== undefined) return text;
  }
  return "";
}

async function readDirectory(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  const texts: string[] = [];
  for (const entry of entries) {
    const file = join(directory, entry.name);
    const isUnique = entry.isSymbolicLink() ? !(await isLinkToNeighbour(file)) : entry.isFile();
    const text = isUnique ? await readText(file) : undefined;
    if (text !== undefined) texts.push(text);
  }
  return texts;
}

/** OpenSSL's directories have each certificate a second time, by its hash. */
async function isLinkToNeighbour(file: string): Promise<boolean> {
  return await readlink(file).then(
    (target) => !target.includes("/"),
    () => false,
  );
}

async function readText(file: string): Promise<string | undefined> {
  return await readFile(file, "utf8").catch(() => undefined);
}
