import type { CacheMark } from "../../conversation/request.ts";
import type { JsonObject } from "../../json.ts";

/** `cache_control` of a block, when it has one. */
export const writeCache = (cache: CacheMark | undefined): JsonObject => {
  if (cache === undefined) return {};
  return { cache_control: { type: "ephemeral", ...(cache.lifetime === "1h" ? { ttl: "1h" } : {}) } };
};
