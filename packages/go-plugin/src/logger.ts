export type LogFields = Readonly<Record<string, unknown>>;

/** Lines for the host's log, at the level that the host shows them at. Fields are logged as they are: never a secret. */
export interface Logger {
  trace(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger for a part, whose name is added to the module's. */
  named(name: string): Logger;
}

/**
 * A logger that writes hclog's JSON, which a host reads from the plugin's standard error.
 *
 * @param module The name that the host shows before the message.
 * @param write Takes one line, with its end.
 */
export function createLogger(module: string, write: (line: string) => void): Logger {
  const at =
    (level: string) =>
    (message: string, fields: LogFields = {}): void =>
      write(`${formatLine(level, module, String(message), fields, new Date())}\n`);
  return {
    trace: at("trace"),
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    named: (name) => createLogger(module === "" ? name : `${module}.${name}`, write),
  };
}

/** One line. The host takes a timestamp with exactly six digits of a second, and a message that is a text; all else it logs raw. */
export function formatLine(
  level: string,
  module: string,
  message: string,
  fields: LogFields,
  now: Date,
): string {
  const timestamp = now.toISOString().replace("Z", "000Z");
  const named = module === "" ? {} : { "@module": module };
  const own = { "@level": level, "@message": message, ...named, "@timestamp": timestamp };
  try {
    return JSON.stringify({ ...fields, ...own }, readable);
  } catch {
    return JSON.stringify({ ...own, fields: "not to be had as JSON" });
  }
}

/** What JSON would leave empty, or refuse. */
function readable(_: string, value: unknown): unknown {
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  return typeof value === "bigint" ? String(value) : value;
}
