import { findGoPlugin } from "@vault-ts/dev";
import { findServer, startDevServer } from "@vault-ts/openbao";
import { expect } from "vitest";
import { GO_PLUGIN, NO_GO_PLUGIN, readRecording } from "../support/go-plugin.ts";
import { type Answers, observeAnswers, type Written } from "../support/observe-answers.ts";
import { scenario } from "../support/scenario.ts";
import { useServer } from "../support/use-server.ts";

const use = useServer();

interface Meant<T> {
  readonly reason: string;
  readonly ours: T;
}

/** Nothing is stored by a write that is refused. */
const REFUSED = { statusClass: 4, stored: null };
/** What was in config stays. */
const KEPT = { stored: { address: "ADDRESS", base_path: "/api/v2/" } };

/** Writes of which another outcome is meant. */
const WRITES: Readonly<Record<string, Meant<Partial<Written>>>> = {
  "role: a long text": {
    reason: "a description has at most 200 characters, with room for the mark that is added",
    ours: REFUSED,
  },
  "role: a text with a control character": {
    reason: "a description is shown to people, on one line",
    ours: REFUSED,
  },
  "role: an id that is a path": {
    reason: "it would call another path of Terraform Cloud than the token's",
    ours: REFUSED,
  },
  "role: an id that is a number": {
    reason: "its writer is told that the mount's token is of another user",
    ours: { statusClass: 2, stored: { user_id: "12345" } },
  },
  "role: an empty kind": {
    reason: "an empty text is not set, as of every other field",
    ours: { statusClass: 2, stored: { user_id: "user-12345abcde", ttl: 0, max_ttl: 0 } },
  },
  "role: kind user without a user": { reason: "its tokens would be another's", ours: REFUSED },
  "role: kind team without a team": { reason: "its tokens would be another's", ours: REFUSED },
  "role: kind organization without one": {
    reason: "its tokens would be another's",
    ours: REFUSED,
  },
  "role name: 129 letters": { reason: "a name has at most 128 characters", ours: REFUSED },
  "config: a number as address": {
    reason: "no call could be made there",
    ours: { statusClass: 4, ...KEPT },
  },
  "config: an address without a scheme": {
    reason: "no call could be made there",
    ours: { statusClass: 4, ...KEPT },
  },
  "config: an empty base_path": { reason: "an empty text brings back the default", ours: KEPT },
  "config: no token, but another address": {
    reason: "a token is never sent to an address that it wasn't written for",
    ours: {
      ...KEPT,
      warnings: [expect.stringContaining("https://tfe.example.com is pending")],
    },
  },
  "config: the token alone": { reason: "a write keeps what it doesn't name", ours: KEPT },
  "config: nothing": { reason: "a write keeps what it doesn't name", ours: KEPT },
};

/** Requests of which another status is meant. */
const STATUSES: Readonly<Record<string, Meant<number>>> = {
  "creds of a role that isn't there": { reason: "it is the user's mistake", ours: 4 },
  "rotation of an organization, in capitals": {
    reason: "upper and lower case are the same on every path",
    ours: 2,
  },
};

scenario(
  ["GO_PLUGIN_INPUT"],
  "odd input is stored or rejected as by HashiCorp's engine",
  async () => {
    const theirs = await readRecording<Answers>("answers");
    const ours = await observeAnswers(use.server, "terraform");
    expect(Object.keys(ours.writes)).toEqual(Object.keys(theirs.writes));
    for (const [name, written] of Object.entries(theirs.writes)) {
      const meant = WRITES[name];
      if (meant) {
        expect(ours.writes[name], name).not.toEqual(written);
        expect(ours.writes[name], meant.reason).toMatchObject(meant.ours);
      } else expect(ours.writes[name], name).toEqual(written);
    }
    const meant = Object.entries(STATUSES).map(
      ([name, { ours: status }]) => [name, status] as const,
    );
    expect(ours.statuses).toEqual({ ...theirs.statuses, ...Object.fromEntries(meant) });
    for (const [name, status] of meant) expect(theirs.statuses[name]).not.toBe(status);
  },
);

scenario(["GO_PLUGIN_INPUT"], "HashiCorp's engine still behaves as recorded", async ({ skip }) => {
  const file = await findGoPlugin();
  if (!file) return skip(NO_GO_PLUGIN);
  await using server = await startDevServer({
    binary: await findServer(),
    plugins: [{ name: GO_PLUGIN, file }],
  });
  expect(await observeAnswers(server, GO_PLUGIN)).toEqual(await readRecording("answers"));
});
