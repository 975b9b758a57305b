import type { Base64Source, InlinedMedia } from "./conversation/inlined-media.ts";
import type { GenerationRequest, MediaSource, Part } from "./conversation/request.ts";
import { encodeBase64 } from "./base64.ts";
import { invalidRequest } from "./errors.ts";
import type { FetchMedia } from "./ports.ts";
import type { Provider } from "./providers/provider.ts";
import type { Call } from "./receive/call.ts";
import { generationDialects } from "./receive/dialects.ts";

const maxMedia = 16;
const maxBytes = 20 * 1024 * 1024;
/** Of one request: all of it is held in memory, and in base64 once more. */
const maxTotalBytes = 64 * 1024 * 1024;

const nothingInlined: InlinedMedia = new Map();

const sourcesOf = (part: Part): readonly MediaSource[] => {
  if ("source" in part) return [part.source];
  return part.type === "tool-result" ? part.content.flatMap((inner) => sourcesOf(inner)) : [];
};

const urlsOf = ({ turns }: GenerationRequest): ReadonlySet<string> => {
  const sources = turns.flatMap(({ parts }) => parts.flatMap(sourcesOf));
  return new Set(sources.flatMap((source) => (source.kind === "url" ? [source.url] : [])));
};

const remedy = "send it as a data URL";

/** Every address once, one after the other, so that one request opens one connection at a time. */
const fetchAll = async (
  urls: readonly string[],
  fetchMedia: FetchMedia | undefined,
  signal: AbortSignal,
): Promise<InlinedMedia> => {
  if (fetchMedia === undefined) {
    throw invalidRequest(
      `The provider of this model takes no addresses of media, and none are fetched here; ${remedy}.`,
      {
        param: "messages",
        code: "media_not_fetched",
      },
    );
  }
  if (urls.length > maxMedia) {
    throw invalidRequest(`At most ${maxMedia} media are fetched for one request; send the others as data URLs.`, {
      param: "messages",
      code: "media_not_fetched",
    });
  }
  const fetched = new Map<string, Base64Source>();
  let bytesLeft = maxTotalBytes;
  for (const url of urls) {
    const { mediaType, data } = await fetchMedia(url, { maxBytes: Math.min(maxBytes, bytesLeft), signal });
    bytesLeft -= data.length;
    fetched.set(url, { kind: "base64", mediaType, data: encodeBase64(data) });
  }
  return fetched;
};

/**
 * Fetches what a request refers to by address, where its provider takes bytes only. Empty for all others. Throws a 400
 * when something cannot be had.
 */
export const inlineMedia = ({
  provider,
  call,
  fetchMedia,
  signal,
}: {
  provider: Provider;
  call: Call;
  fetchMedia: FetchMedia | undefined;
  signal: AbortSignal;
}): Promise<InlinedMedia> | InlinedMedia => {
  const inlines = provider.generation?.inlinesMedia ?? false;
  const dialect = generationDialects[call.endpoint];
  if (inlines === false || dialect === undefined || provider.operations[call.endpoint] !== undefined) {
    return nothingInlined;
  }
  const urls = [...urlsOf(dialect.readRequest(call))].filter(inlines);
  return urls.length === 0 ? nothingInlined : fetchAll(urls, fetchMedia, signal);
};
