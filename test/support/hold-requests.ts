import type { Simulator } from "@vault-ts/terraform-cloud/simulator";

/** Before Terraform Cloud does anything, or when it has done all and not answered yet. */
export type Moment = "received" | "acted";

/** Requests to Terraform Cloud that are held up. */
export interface Hold {
  /** How many there are by now. */
  readonly count: number;
  /** Lets them and all others go on. */
  release(): void;
  /** Lets all others go on; these never do, as if Terraform Cloud had lost them. */
  drop(): void;
}

/** Holds up each request with that method, at that moment. */
export function holdRequests(simulator: Simulator, method: string, moment: Moment): Hold {
  let count = 0;
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  simulator.onRequest = async (event) => {
    if (event.method !== method || event.moment !== moment) return;
    count += 1;
    await gate;
  };
  const drop = () => {
    simulator.onRequest = undefined;
  };
  return {
    get count() {
      return count;
    },
    release() {
      drop();
      open();
    },
    drop,
  };
}
