import { answerMessages } from "../helper-process.ts";
import { sendLoad } from "./send-load.ts";

answerMessages(sendLoad);
