import type { Provider } from "../provider.ts";
import { buildRequest } from "./build-request.ts";
import { isGeminiFile } from "./contents.ts";
import { countMessageTokens } from "./count-tokens.ts";
import { embeddings } from "./embeddings.ts";
import { images } from "./images.ts";
import { readAnswer } from "./read-answer.ts";
import { readError } from "./read-error.ts";
import { GeminiStreamReader } from "./read-stream.ts";
import { orderVideo } from "./order-video.ts";
import { videos } from "./videos.ts";

/** Google's Gemini API (`v1beta`), which speaks a dialect of its own. */
export const gemini: Provider = {
  adapter: "gemini",
  operations: {
    "messages/count_tokens": countMessageTokens,
    embeddings,
    "images/generations": images,
    "images/edits": images,
    videos: orderVideo,
  },
  generation: {
    inlinesMedia: (url) => !isGeminiFile(url),
    buildRequest,
    readAnswer: (body) => readAnswer(body),
    streamReader: ({ maxEventBytes }) => new GeminiStreamReader(maxEventBytes),
  },
  videos,
  readError,
};
