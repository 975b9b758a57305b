import type { CacheMark } from "../conversation/request.ts";
import type { BodyFields } from "./body-fields.ts";

/** OpenAI's `prompt_cache_breakpoint`, and Anthropic's `cache_control`, which clients send over OpenAI's dialects too. */
export const readCache = (part: BodyFields): { cache?: CacheMark } => {
  const breakpoint = part.optionalObject("prompt_cache_breakpoint");
  const control = part.optionalObject("cache_control");
  if (breakpoint === undefined && control === undefined) return {};
  // Lifetimes beyond five minutes become the longest that any provider has.
  const ttl = breakpoint?.optionalText("ttl") ?? control?.optionalText("ttl") ?? "5m";
  return { cache: { lifetime: ttl === "5m" ? "5m" : "1h" } };
};
