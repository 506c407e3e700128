/** An error of the API. */
export class SimulatorError extends Error {
  override readonly name = "SimulatorError";
  readonly status: number;
  readonly detail: string | undefined;

  /** @param title The title of the JSON:API error. */
  constructor(status: number, title: string, detail?: string) {
    super(title);
    this.status = status;
    this.detail = detail;
  }
}
