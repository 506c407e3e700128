import { startSimulator } from "@vault-ts/terraform-cloud/simulator";
import { answerMessages } from "./helper-process.ts";

/** A simulator without a rate limit; each message is answered with what it takes to call it. */
const { address, credentials } = await startSimulator({ rateLimit: null });
answerMessages(async () => ({ address, credentials }));
