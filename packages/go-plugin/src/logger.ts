export type LogFields = Readonly<Record<string, unknown>>;

/** Writes lines to the host's log. Fields are logged unchanged: never pass a secret. */
export interface Logger {
  trace(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** Returns a logger for a component, whose name is appended to the module's. */
  named(name: string): Logger;
}

/**
 * Creates a logger that writes hclog's JSON, which a host reads from the plugin's standard error.
 *
 * @param module The name that the host shows before the message.
 * @param write Writes one line, which ends with a line break.
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

/**
 * Formats one line. The host requires a timestamp with exactly six digits of a second, and a
 * message that is a string; otherwise it logs the line raw.
 */
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
    return JSON.stringify({ ...own, fields: "not encodable as JSON" });
  }
}

/** Converts values that JSON drops or can't represent. */
function readable(_: string, value: unknown): unknown {
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  return typeof value === "bigint" ? String(value) : value;
}
