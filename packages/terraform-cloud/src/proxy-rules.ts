import { BlockList, isIP } from "node:net";
import { domainToASCII } from "node:url";
import { TerraformCloudError } from "./terraform-cloud-error.ts";

/** Variables of an environment, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface ProxySetting {
  /**
   * Its scheme is `http:`, `https:`, `socks5:` or `socks5h:`. It may hold a password: never log it.
   */
  readonly url: URL;
  /** The environment variable that sets it, for messages. */
  readonly variable: string;
}

/** The variables of each setting, in order of precedence. Empty ones are ignored. */
const VARIABLES = {
  "https:": ["TERRAFORM_HTTPS_PROXY", "HTTPS_PROXY", "https_proxy"],
  "http:": ["TERRAFORM_HTTP_PROXY", "HTTP_PROXY", "http_proxy"],
  none: ["TERRAFORM_NO_PROXY", "NO_PROXY", "no_proxy"],
} as const;

const DEFAULT_PORTS = { "https:": "443", "http:": "80" } as const;
const SCHEMES: ReadonlySet<string> = new Set(["http:", "https:", "socks5:", "socks5h:"]);

/**
 * Returns the proxy for a host, by the rules of Go's `golang.org/x/net/http/httpproxy`, which the
 * server follows as well. Loopback addresses and `localhost` never have one.
 *
 * @param origin `https://host` or `http://host`, perhaps with a port, as `URL.origin` writes it.
 * @throws TerraformCloudError `unreachable` if the variable's value can't be used.
 */
export function proxyFor(origin: string, env: Environment): ProxySetting | undefined {
  const { hostname, port, protocol } = new URL(origin);
  const scheme = protocol === "https:" ? protocol : "http:";
  const variable = VARIABLES[scheme].find((name) => env[name]?.trim());
  if (variable === undefined) return undefined;
  const noProxy = VARIABLES.none.map((name) => env[name]).find(Boolean) ?? "";
  if (isExempt(hostname, port || DEFAULT_PORTS[scheme], noProxy)) return undefined;
  return { url: parseProxy(env[variable]?.trim() ?? "", variable), variable };
}

/** A value without a scheme means `http://`. */
function parseProxy(value: string, variable: string): URL {
  const text = /^[a-z][a-z\d+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || isMisread(url)) {
    throw unusable(
      `${variable} is not the URL of a proxy; write http://HOST:PORT, with the user and password percent-encoded`,
    );
  }
  if (SCHEMES.has(url.protocol)) return url;
  throw unusable(
    `${variable} has a scheme that is not supported; use http, https, socks5 or socks5h`,
  );
}

const unusable = (message: string) =>
  new TerraformCloudError("unreachable", message, { notApplied: true });

/** Whether a user or a password with `#`, `?`, `/` or `%` was parsed as other parts of the URL. */
function isMisread({ hash, hostname, password, pathname, search, username }: URL): boolean {
  if (hostname === "" || hash !== "" || search !== "" || pathname.includes("@")) return true;
  try {
    decodeURIComponent(username + password);
    return false;
  } catch {
    return true;
  }
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8);
LOOPBACK.addAddress("::1", "ipv6");

function isExempt(hostname: string, port: string, noProxy: string): boolean {
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  if (host === "localhost" || (isIP(host) && isWithin(LOOPBACK, host))) return true;
  const entries = noProxy.split(",").map((entry) => entry.trim().toLowerCase());
  return entries.some((entry) => entry !== "" && matches(entry, host, port));
}

const CIDR = /^([^/%]+)\/(\d{1,3})$/;

/** `host:port` and `[IPv6]:port`; the port may be empty. */
const WITH_PORT = /^(?:\[([^[\]]*)\]|([^:[\]]*)):([^:[\]]*)$/;

/** Whether an entry of NO_PROXY, in lower case, matches a host. */
function matches(entry: string, host: string, port: string): boolean {
  if (entry === "*") return true;
  const subnet = subnetOf(entry);
  if (subnet) return isWithinSubnet(subnet, host);
  const [, bracketed, plain, wantedPort = ""] = WITH_PORT.exec(entry) ?? [];
  const name = bracketed ?? plain ?? entry;
  if (name === "" || (wantedPort !== "" && wantedPort !== port)) return false;
  if (isIP(host)) return isAddress(name) && isWithin(listOf(name), host);
  return !isAddress(name) && matchesDomain(name, host);
}

/**
 * `example.com` matches the domain and its subdomains; `.example.com` and `*.example.com` its
 * subdomains alone.
 */
function matchesDomain(name: string, host: string): boolean {
  const pattern = name.startsWith("*.") ? name.slice(1) : name;
  const ascii = domainToASCII(pattern) || pattern;
  return ascii.startsWith(".")
    ? host.endsWith(ascii)
    : host === ascii || host.endsWith(`.${ascii}`);
}

interface Subnet {
  readonly family: number;
  readonly list: BlockList;
}

function subnetOf(entry: string): Subnet | undefined {
  const [, address = "", bits] = CIDR.exec(entry) ?? [];
  const family = isIP(address);
  if (family === 0 || Number(bits) > (family === 4 ? 32 : 128)) return undefined;
  const list = new BlockList();
  list.addSubnet(address, Number(bits), family === 4 ? "ipv4" : "ipv6");
  return { family, list };
}

/** A `BlockList` counts all IPv4 addresses as part of IPv6; Go doesn't. */
function isWithinSubnet({ family, list }: Subnet, host: string): boolean {
  const isComparable = isIP(host) === 6 || (isIP(host) === 4 && family === 4);
  return isComparable && isWithin(list, host);
}

const isAddress = (name: string) => isIP(name) !== 0 && !name.includes("%");

function listOf(address: string): BlockList {
  const list = new BlockList();
  list.addAddress(address, isIP(address) === 4 ? "ipv4" : "ipv6");
  return list;
}

const isWithin = (list: BlockList, address: string) =>
  list.check(address, isIP(address) === 4 ? "ipv4" : "ipv6");
