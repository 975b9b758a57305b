import { chatAdapter } from "../openai-compatible/chat-adapter.ts";
import { passEmbeddingsThrough } from "../openai-compatible/pass-embeddings.ts";
import { imageOperations } from "../openai-compatible/pass-images.ts";
import { passCompletionsThrough } from "../openai-compatible/pass-through.ts";
import { passVideosThrough, videosOfOpenAi } from "../openai-compatible/pass-videos.ts";
import { readError } from "../openai-compatible/read-error.ts";
import type { Provider } from "../provider.ts";
import { countMessageTokens } from "./count-tokens.ts";
import { passResponsesThrough } from "./responses.ts";
import { openAiServer } from "./server.ts";

/** OpenAI itself. */
export const openAi: Provider = {
  adapter: "openai",
  operations: {
    "chat/completions": (args) => passCompletionsThrough(args, openAiServer),
    completions: (args) => passCompletionsThrough(args, openAiServer),
    embeddings: passEmbeddingsThrough,
    responses: passResponsesThrough,
    "messages/count_tokens": countMessageTokens,
    ...imageOperations,
    videos: passVideosThrough,
  },
  generation: chatAdapter(openAiServer),
  videos: videosOfOpenAi,
  readError,
};
