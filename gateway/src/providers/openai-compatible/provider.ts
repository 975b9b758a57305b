import type { Provider } from "../provider.ts";
import { buildRequest } from "./build-request.ts";
import { readAnswer } from "./read-answer.ts";
import { readError } from "./read-error.ts";
import { OpenAiStreamTranslator } from "./translate-stream.ts";

/** Servers that speak OpenAI's dialect under `/v1`: tuned models of the platform, vLLM, Ollama, llama.cpp. */
export const openAiCompatible: Provider = {
  buildRequest,
  readAnswer,
  readError,
  translateStream: (call, maxEventBytes) => new OpenAiStreamTranslator(call, maxEventBytes),
};
