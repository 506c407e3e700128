/** One thing that was looked at. */
export interface Finding {
  /** What was looked at, in a word or two: stable, for programs. */
  readonly check: string;
  /** `note` is what can't be judged from here. */
  readonly status: "ok" | "wrong" | "note";
  readonly message: string;
  /** What to do; empty if nothing. */
  readonly remedy: string;
}

const finding =
  (status: Finding["status"]) =>
  (check: string, message: string, remedy = ""): Finding => ({ check, status, message, remedy });

export const ok = finding("ok");
export const note = finding("note");
export const wrong = finding("wrong");
