import { isJsonObject } from "../../json.ts";
import type { Usage } from "../../meter/usage.ts";
import { readUsage } from "../openai-compatible/usage.ts";

/** The buckets of a response's `usage`, which has other names than that of a chat completion for the same counts. */
export const readResponseUsage = (usage: unknown): Usage | undefined =>
  isJsonObject(usage)
    ? readUsage({
        prompt_tokens: usage["input_tokens"],
        completion_tokens: usage["output_tokens"],
        prompt_tokens_details: usage["input_tokens_details"],
        completion_tokens_details: usage["output_tokens_details"],
      })
    : undefined;
