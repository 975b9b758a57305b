import type { GenerationAdapter } from "../provider.ts";
import { buildRequest } from "./build-request.ts";
import type { ChatServer } from "./chat-server.ts";
import { readGeneration } from "./read-generation.ts";
import { ChatStreamReader } from "./read-stream.ts";

/** Generated answers by way of chat completions, for callers of other dialects. */
export const chatAdapter = (server: ChatServer): GenerationAdapter => ({
  inlinesMedia: server.inlinesMedia,
  buildRequest: (args) => buildRequest(args, server),
  readAnswer: (body) => readGeneration(body),
  streamReader: ({ maxEventBytes }) => new ChatStreamReader(maxEventBytes),
});
