import type { Provider } from "../provider.ts";
import { chatAdapter } from "./chat-adapter.ts";
import { passEmbeddingsThrough } from "./pass-embeddings.ts";
import { imageOperations } from "./pass-images.ts";
import { passCompletionsThrough } from "./pass-through.ts";
import { passVideosThrough, videosOfOpenAi } from "./pass-videos.ts";
import { readError } from "./read-error.ts";
import { compatibleServer } from "./server.ts";

/** Servers that speak OpenAI's chat dialect under `/v1`: tuned models of the platform, vLLM, Ollama, llama.cpp. */
export const openAiCompatible: Provider = {
  adapter: "openai-compatible",
  operations: {
    "chat/completions": (args) => passCompletionsThrough(args, compatibleServer),
    completions: (args) => passCompletionsThrough(args, compatibleServer),
    embeddings: passEmbeddingsThrough,
    ...imageOperations,
    videos: passVideosThrough,
  },
  generation: chatAdapter(compatibleServer),
  videos: videosOfOpenAi,
  readError,
};
