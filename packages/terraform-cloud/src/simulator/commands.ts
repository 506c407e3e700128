import type { Edition } from "./edition.ts";
import { FAULTS, type Fault } from "./fault.ts";
import type { Simulator } from "./simulator.ts";

/** What can be typed while a simulator runs. */
interface Command {
  readonly usage: string;
  /** @returns the output; undefined for an invalid argument. */
  readonly perform: (simulator: Simulator, argument: string) => string | undefined;
}

const EDITIONS: readonly Edition[] = ["hcp", "europe", "enterprise", "old-enterprise"];

const COMMANDS: Readonly<Record<string, Command>> = {
  fault: {
    usage: `fault none, or how each request is to go wrong: ${FAULTS.join(", ")}`,
    perform(simulator, name) {
      const fault = FAULTS.find((known): known is Fault => known === name);
      if (fault === undefined && name !== "none") return undefined;
      simulator.fault = fault && (() => fault);
      return fault ? `each request goes wrong: ${fault}` : "all is well";
    },
  },
  edition: {
    usage: `edition ${EDITIONS.join(", ")}`,
    perform(simulator, name) {
      const edition = EDITIONS.find((known) => known === name);
      if (edition === undefined) return undefined;
      simulator.edition = edition;
      return `it is ${edition}`;
    },
  },
  rate: {
    usage: "rate none, or the requests that each user may make in a second",
    perform(simulator, text) {
      const rate = countOf(text);
      if (rate === undefined && text !== "none") return undefined;
      simulator.rateLimit = rate;
      return rate === undefined
        ? "any number of requests"
        : `${rate} requests a second for each user`;
    },
  },
  clock: {
    usage: "clock, and the seconds that it is ahead; with a minus, behind",
    perform({ world }, text) {
      if (!/^-?\d{1,9}$/.test(text)) return undefined;
      world.clockOffsetMs = Number(text) * 1000;
      return `its clock says ${new Date(Date.now() + world.clockOffsetMs).toISOString()}`;
    },
  },
  ttl: {
    usage: "ttl none, or the seconds that tokens of teams and organizations may live",
    perform({ world }, text) {
      const seconds = countOf(text);
      if (seconds === undefined && text !== "none") return undefined;
      world.ttlPolicy =
        seconds === undefined ? {} : { teams: seconds * 1000, organizations: seconds * 1000 };
      return seconds === undefined
        ? "no policy"
        : `tokens that live longer than ${seconds} seconds don't work`;
    },
  },
  tokens: {
    usage: "tokens: what there are",
    perform: ({ world }) =>
      world.tokens
        .map(({ id, owner, description, expiredAt }) =>
          [id, `${owner.type}/${owner.id}`, expiredAt?.toISOString() ?? "never", description ?? ""]
            .join("  ")
            .trimEnd(),
        )
        .join("\n"),
  },
};

/** Runs the command of a line. @returns its output; a list of all commands for an unknown one. */
export function perform(simulator: Simulator, line: string): string {
  const [, name = "", argument = ""] = /^\s*(\S*)\s*(.*?)\s*$/.exec(line) ?? [];
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  return (
    command?.perform(simulator, argument) ?? usageOf(command ? [command] : Object.values(COMMANDS))
  );
}

function usageOf(commands: readonly Command[]): string {
  return commands.map(({ usage }) => `usage: ${usage}`).join("\n");
}

/** Parses a whole number of at least 1; returns undefined otherwise. */
function countOf(text: string): number | undefined {
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
}
