import { duration } from "../../ui/format.ts";
import type { Failure } from "./playground-state.ts";

/** What to do, by the stable code; the message itself says what happened and which limit it was. */
const remedies: Readonly<Record<string, string>> = {
  offline: "Check your connection and that the platform runs, then ask again.",
  answer_broken_off: "What had come is above. Ask again for the whole of it.",
  model_not_found: "Choose another model: this one was taken down, or its provider was disconnected.",
  model_not_allowed: "Choose another model, or ask an administrator for access.",
  model_unavailable: "A tuned model needs a moment to start. Ask again in a few seconds.",
  context_length_exceeded:
    "Clear the conversation, shorten the prompt, or choose a model with a larger context window.",
  request_too_large: "Take a picture away, or use a smaller one.",
  media_not_fetched: "Take the picture away and attach it again.",
  unsupported_parameter: "Leave the named parameter empty, or choose another model.",
  moderation_blocked: "The provider does not answer this. Say it in other words.",
  provider_rejected_credentials: "An administrator has to correct the API key of this provider.",
  provider_quota_exhausted: "The platform's account at this provider is used up. Tell an administrator.",
  provider_overloaded: "The provider has too much to do. Ask again in a moment, or choose another model.",
  provider_rate_limited: "The provider wants a pause. Ask again in a moment, or choose another model.",
  provider_timeout: "The provider took too long. Ask again, or choose another model.",
  provider_unreachable: "The provider cannot be reached. Ask again in a moment, or tell an administrator.",
  provider_disconnected: "The provider ended the connection. Ask again.",
  internal_error: "Ask again. If it happens once more, tell an administrator the number of the request.",
};

const byStatus = ({ status }: Failure): string => {
  if (status === 400 || status === 422) return "Change what the message names, then ask again.";
  if (status === 402)
    return "Ask for fewer tokens, wait until the budget begins anew, or ask an administrator for more.";
  if (status === 429) return "Wait a moment, or ask an administrator for a larger tier.";
  return "Ask again. If it does not help, choose another model.";
};

/** What a person can do about a failed answer, with how long to wait where the platform said so. */
export const remedyOf = (failure: Failure): string => {
  const remedy = remedies[failure.code] ?? byStatus(failure);
  const { retryAfterSeconds } = failure;
  if (retryAfterSeconds === null || retryAfterSeconds <= 0) return remedy;
  return `${remedy} It may work in ${duration(Math.ceil(retryAfterSeconds))}.`;
};
