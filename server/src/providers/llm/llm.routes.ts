import { generate, listLlmProviders } from "@llm-tuner/contract/llm.ts";
import { eventStream } from "../../platform/http/event-stream.ts";
import { type Route, route } from "../../platform/http/route.ts";
import type { LlmUsecases } from "./llm.usecases.ts";

export const createLlmRoutes = (llm: LlmUsecases): readonly Route[] => [
  route(listLlmProviders, async ({ caller }) => ({ status: 200, body: { providers: await llm.providers(caller) } })),
  route(generate, async ({ caller, body, requestId, signal }) => {
    const input = { caller, request: body, requestId, signal };
    return body.stream
      ? { status: 200, body: eventStream(await llm.generateStream(input)) }
      : { status: 200, body: await llm.generate(input) };
  }),
];
