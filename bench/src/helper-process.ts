import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** A process of the benchmark's own, so that its work isn't that of this one. */
export interface HelperProcess extends AsyncDisposable {
  /**
   * Sends a message, and waits for the answer; one at a time.
   *
   * @throws Error with the message of what the process threw, or that it has ended.
   */
  ask<T>(message: unknown): Promise<T>;
}

type Answer = { readonly value: unknown } | { readonly error: string };

/** Starts a process whose file calls `answerMessages`. It ends with this one. */
export function startHelperProcess(file: URL): HelperProcess {
  const child = fork(fileURLToPath(file), {
    execArgv: ["--import", "tsx"],
    serialization: "advanced",
  });
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`${fileURLToPath(file)} ended with exit code ${code}`);
  });
  ended.catch(() => {});
  return {
    async ask<T>(message: unknown) {
      child.send(message as object);
      const [answer] = (await Promise.race([once(child, "message"), ended])) as [Answer];
      if ("error" in answer) throw new Error(answer.error);
      return answer.value as T;
    },
    async [Symbol.asyncDispose]() {
      child.kill();
      await ended.catch(() => {});
    },
  };
}

/** Answers the messages of the process that has started this one. */
export function answerMessages<T>(answer: (message: T) => Promise<unknown>): void {
  process.on("message", (message) => {
    answer(message as T).then(
      (value) => process.send?.({ value }),
      (error: unknown) =>
        process.send?.({ error: error instanceof Error ? error.message : String(error) }),
    );
  });
  process.once("disconnect", () => process.exit());
}
