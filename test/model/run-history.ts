import { checkAfter } from "./check-after.ts";
import { Clouds } from "./clouds.ts";
import { type History, MOUNTS } from "./history.ts";
import { MountUnderTest } from "./mount-under-test.ts";
import { Network } from "./network.ts";
import { seedRandomness } from "./seeded-randomness.ts";
import { Story } from "./story.ts";
import { VirtualTime } from "./virtual-time.ts";

/** The longest that something late can take, and then what a mount gets to clean up. */
const SETTLE_MS = 20 * 60_000;

export interface Outcome {
  /** What doesn't hold that must. */
  readonly violations: readonly string[];
  /** What happened, a line each, with the seconds since the beginning. */
  readonly log: readonly string[];
}

/** Runs a history, lets the world settle, and checks what must hold then. */
export async function runHistory(history: History): Promise<Outcome> {
  using _ = seedRandomness(history.seed);
  using time = new VirtualTime();
  const network = new Network(time, new Clouds(() => time.now), history.seed);
  const mounts = Array.from(
    { length: MOUNTS },
    (_, index) => new MountUnderTest(index, time, network),
  );
  time.onStep = () => {
    for (const mount of mounts) mount.tick();
  };
  const story = new Story(time, network, mounts);
  await story.begin(history);
  for (const step of history.steps) {
    story.take(step);
    await story.pass(step.pauseMs);
  }
  story.calm();
  // All requests have ended, or been given up.
  await story.pass(100_000);
  if (history.isRepaired) await story.repair(history.tokens);
  while (network.late > 0) await story.pass(30_000);
  await story.pass(SETTLE_MS);
  network.isSettled = true;
  await checkAfter(story);
  return { violations: story.violations, log: network.log };
}
