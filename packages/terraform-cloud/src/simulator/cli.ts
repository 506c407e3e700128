/**
 * `npm run simulator`: a Terraform Cloud on this machine, until Ctrl-C. Typed commands set faults
 * and clear them.
 */
import { once } from "node:events";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { perform } from "./commands.ts";
import { startSimulator } from "./simulator.ts";

const USAGE = "usage: npm run simulator -- [--port=PORT]";

try {
  await using simulator = await startSimulator({ port: port(), rateLimit: 30 });
  const { token, organization, ownersTeamId, teamId, agentPoolId, userId, otherUserId } =
    simulator.credentials;
  console.log(`address        ${simulator.address}
token          ${token}
user           ${userId} (an owner; the token is theirs)
other user     ${otherUserId}
organization   ${organization}
owners team    ${ownersTeamId}
team           ${teamId}
agent pool     ${agentPoolId}

Type "fault hang", or "help" for what else can be wrong.`);
  createInterface({ input: process.stdin }).on("line", (line) =>
    console.log(perform(simulator, line)),
  );
  await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
  process.stdin.destroy();
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
}

function port(): number {
  const { values } = parseArgs({ options: { port: { type: "string", default: "0" } } });
  return Number(values.port);
}

function explain(error: unknown): string {
  const { code = "", message } = error as NodeJS.ErrnoException;
  if (code.startsWith("ERR_PARSE_ARGS") || code === "ERR_SOCKET_BAD_PORT") return USAGE;
  if (code === "EADDRINUSE") return "The port is taken by something else: choose another.";
  return message;
}
