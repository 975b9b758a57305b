import { GatewayError } from "@llm-tuner/gateway/errors.ts";
import { describe, expect, it } from "vitest";
import { createGuardedFetch } from "../platform/guarded-fetch/guarded-fetch.ts";
import { createFetchMedia } from "./fetch-media.ts";

const limits = { maxBytes: 10, signal: new AbortController().signal };

describe("media for the gateway", () => {
  const fetchMedia = createFetchMedia(createGuardedFetch());

  it.each(["http://127.0.0.1/", "http://localhost/", "http://169.254.169.254/latest/meta-data", "file:///etc/passwd"])(
    "are not fetched from %s, and the caller reads why and what to do instead",
    async (url) => {
      const refused = fetchMedia(url, limits);
      await expect(refused).rejects.toBeInstanceOf(GatewayError);
      await expect(refused).rejects.toMatchObject({
        status: 400,
        code: "media_not_fetched",
        param: "messages",
        message: expect.stringContaining("Send the content as a data URL."),
      });
    },
  );

  it("are given as they were fetched", async () => {
    const content = { mediaType: "image/png", data: Uint8Array.of(1) };
    expect(await createFetchMedia(async () => content)("https://a.test/", limits)).toBe(content);
  });

  it("leave an unexpected fault to whoever knows it", async () => {
    const broken = createFetchMedia(() => Promise.reject(new TypeError("a fault of ours")));
    await expect(broken("https://a.test/", limits)).rejects.toThrow(TypeError);
  });
});
