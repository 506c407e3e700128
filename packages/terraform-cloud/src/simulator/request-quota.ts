const WINDOW_MS = 1000;

/** The number of requests of each user in the current second. All tokens of a user share it. */
export class RequestQuota {
  readonly #windows = new Map<string, { readonly start: number; count: number }>();

  /**
   * Counts a request.
   *
   * @returns whether it is within the limit, and the seconds until the window ends.
   */
  take(user: string, limit: number): { readonly isWithin: boolean; readonly reset: number } {
    const now = performance.now();
    const known = this.#windows.get(user);
    const window = known && now - known.start < WINDOW_MS ? known : { start: now, count: 0 };
    window.count += 1;
    this.#windows.set(user, window);
    return { isWithin: window.count <= limit, reset: (window.start + WINDOW_MS - now) / 1000 };
  }
}
