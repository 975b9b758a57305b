import { describe, expect, it } from "vitest";
import { withInlinedMedia } from "./conversation/inlined-media.ts";
import { invalidRequest } from "./errors.ts";
import { inlineMedia } from "./inline-media.ts";
import { encodeJson } from "./json.ts";
import { noBounds, type FetchMedia } from "./ports.ts";
import { gemini } from "./providers/gemini/provider.ts";
import { openAi } from "./providers/openai/provider.ts";
import { generationRequest } from "./testing/generation-request.ts";
import type { Call } from "./receive/call.ts";
import { readCall } from "./receive/read-call.ts";

const { signal } = new AbortController();

const callWith = (urls: readonly string[]): Call =>
  readCall({
    endpoint: "chat/completions",
    bytes: encodeJson({
      model: "m",
      messages: [{ role: "user", content: urls.map((url) => ({ type: "image_url", image_url: { url } })) }],
    }),
    maxDepth: 100,
    bounds: noBounds,
    header: () => undefined,
  });

const recordingFetch = () => {
  const asked: { url: string; maxBytes: number }[] = [];
  const fetchMedia: FetchMedia = async (url, { maxBytes }) => {
    asked.push({ url, maxBytes });
    return { mediaType: "image/png", data: Uint8Array.of(0, 255, 16) };
  };
  return { asked, fetchMedia };
};

const png = { kind: "base64", mediaType: "image/png", data: "AP8Q" };

describe("inlineMedia", () => {
  it("fetches every address once, at most 20 MiB each, for a provider that takes bytes only", async () => {
    const { asked, fetchMedia } = recordingFetch();
    const call = callWith(["https://a.test/1.png", "https://a.test/2.png", "https://a.test/1.png"]);
    const media = await inlineMedia({ provider: gemini, call, fetchMedia, signal });
    expect(asked).toEqual([
      { url: "https://a.test/1.png", maxBytes: 20_971_520 },
      { url: "https://a.test/2.png", maxBytes: 20_971_520 },
    ]);
    expect([...media]).toEqual([
      ["https://a.test/1.png", png],
      ["https://a.test/2.png", png],
    ]);
  });

  it("fetches nothing of data URLs, of files at Google, and for a provider that fetches itself", async () => {
    const { asked, fetchMedia } = recordingFetch();
    const own = "https://generativelanguage.googleapis.com/v1beta/files/abc";
    const call = callWith(["data:image/png;base64,AP8Q", own]);
    expect((await inlineMedia({ provider: gemini, call, fetchMedia, signal })).size).toBe(0);
    const elsewhere = callWith(["https://a.test/1.png"]);
    expect((await inlineMedia({ provider: openAi, call: elsewhere, fetchMedia, signal })).size).toBe(0);
    expect(asked).toEqual([]);
  });

  it("refuses an address where nothing is fetched, with the remedy", async () => {
    const inlining = inlineMedia({
      provider: gemini,
      call: callWith(["https://a.test/1.png"]),
      fetchMedia: undefined,
      signal,
    });
    await expect(inlining).rejects.toMatchObject({
      status: 400,
      code: "media_not_fetched",
      param: "messages",
      message: expect.stringContaining("send it as a data URL"),
    });
  });

  it("fetches sixteen and refuses the seventeenth before any is fetched", async () => {
    const { asked, fetchMedia } = recordingFetch();
    const urls = Array.from({ length: 17 }, (_, index) => `https://a.test/${index}.png`);
    await inlineMedia({ provider: gemini, call: callWith(urls.slice(1)), fetchMedia, signal });
    expect(asked).toHaveLength(16);
    const tooMany = inlineMedia({ provider: gemini, call: callWith(urls), fetchMedia, signal });
    await expect(tooMany).rejects.toMatchObject({ status: 400, code: "media_not_fetched" });
    expect(asked).toHaveLength(16);
  });

  it("leaves to the last what the others left of 64 MiB", async () => {
    const asked: number[] = [];
    const fetchMedia: FetchMedia = async (_url, { maxBytes }) => {
      asked.push(maxBytes / 2 ** 20);
      return { mediaType: "image/png", data: new Uint8Array(18 * 2 ** 20) };
    };
    const urls = ["1", "2", "3", "4"].map((name) => `https://a.test/${name}.png`);
    await inlineMedia({ provider: gemini, call: callWith(urls), fetchMedia, signal });
    expect(asked).toEqual([20, 20, 20, 10]);
  });

  it("passes the reason on why something could not be had", async () => {
    const fetchMedia: FetchMedia = () => Promise.reject(invalidRequest("it is not on the public internet"));
    const call = callWith(["http://169.254.169.254/"]);
    await expect(inlineMedia({ provider: gemini, call, fetchMedia, signal })).rejects.toThrow("public internet");
  });
});

describe("withInlinedMedia", () => {
  it("puts the bytes in place of the address, in results of tools too, and leaves the rest", () => {
    const url = { kind: "url", url: "https://a.test/1.png" } as const;
    const other = { kind: "url", url: "https://a.test/other" } as const;
    const bytes = { kind: "base64", mediaType: "image/png", data: "AP8Q" } as const;
    const request = generationRequest({
      turns: [
        {
          role: "user",
          parts: [
            { type: "image", source: url, detail: "low" },
            { type: "file", source: other },
            { type: "tool-result", callId: "c1", content: [{ type: "image", source: url }] },
          ],
        },
      ],
    });
    const { turns } = withInlinedMedia(request, new Map([[url.url, bytes]]));
    expect(turns[0]?.parts).toEqual([
      { type: "image", source: bytes, detail: "low" },
      { type: "file", source: other },
      { type: "tool-result", callId: "c1", content: [{ type: "image", source: bytes }] },
    ]);
  });
});
