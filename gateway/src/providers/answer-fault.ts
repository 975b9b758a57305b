import { type GatewayError, toGatewayError } from "../errors.ts";
import { EventTooLargeError } from "./event-scanner.ts";
import { invalidProviderAnswer } from "./provider-errors.ts";

/** What was thrown while an answer was read, as the error of the exchange. What only a strange answer can cause is not a fault of the gateway's. */
export const answerFault = (thrown: unknown): GatewayError => {
  if (thrown instanceof EventTooLargeError) return invalidProviderAnswer("sent an event that is too large", thrown);
  // The stack ends at an answer that is nested too deeply to be written again.
  if (thrown instanceof RangeError) return invalidProviderAnswer("sent an answer that is nested too deeply", thrown);
  return toGatewayError(thrown);
};
