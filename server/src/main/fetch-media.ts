import { invalidRequest } from "@llm-tuner/gateway/errors.ts";
import type { FetchMedia } from "@llm-tuner/gateway/ports.ts";
import type { GuardedFetch } from "../platform/guarded-fetch/guarded-fetch.ts";
import { GuardedFetchError } from "../platform/guarded-fetch/guarded-fetch.errors.ts";

/** Fetches media for the gateway, and tells its caller why something could not be had. */
export const createFetchMedia =
  (guardedFetch: GuardedFetch): FetchMedia =>
  async (url, limits) => {
    try {
      return await guardedFetch(url, limits);
    } catch (thrown) {
      if (!(thrown instanceof GuardedFetchError)) throw thrown;
      // The address is the caller's own word; a long one is cut.
      throw invalidRequest(
        `${url.slice(0, 200)} could not be fetched: ${thrown.message}. Send the content as a data URL.`,
        { param: "messages", code: "media_not_fetched", cause: thrown },
      );
    }
  };
