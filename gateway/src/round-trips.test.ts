import { describe, expect, it } from "vitest";
import { TranslationNotes } from "./conversation/notes.ts";
import type { GenerationRequest } from "./conversation/request.ts";
import { type Adapter, noBounds } from "./ports.ts";
import type { Endpoint } from "./receive/call.ts";
import { generationDialects } from "./receive/dialects.ts";
import { readCall } from "./receive/read-call.ts";
import { type Random, seededRandom } from "./testing/random.ts";
import { randomRequest } from "./testing/random-requests.ts";
import { routeAt } from "./testing/translation-args.ts";
import { providerOf } from "./translate.ts";

interface Way {
  adapter: Adapter;
  model: string;
  /** The dialect that the provider is asked in. */
  endpoint: Endpoint;
  hasPenalties: boolean;
}

/** The request as its provider reads it, by the gateway's own reader of the same dialect. */
const thereAndBack = (request: GenerationRequest, { adapter, model, endpoint }: Way): GenerationRequest => {
  const route = routeAt(adapter, model, 32_000);
  // Strict: what is lost on the way is a failure of the test.
  const notes = new TranslationNotes({ strict: true });
  const sent = providerOf(adapter).generation?.buildRequest({
    request,
    stream: false,
    route,
    requestId: "req_7",
    notes,
  });
  const bytes = sent?.body ?? new Uint8Array(0);
  const call = readCall({ endpoint, bytes, maxDepth: 64, bounds: noBounds, header: () => undefined });
  const read = generationDialects[endpoint]?.readRequest(call);
  if (read === undefined) throw new Error("the endpoint has no dialect");
  return read;
};

const ways: readonly Way[] = [
  { adapter: "openai-compatible", model: "qwen3", endpoint: "chat/completions", hasPenalties: true },
  { adapter: "openai", model: "gpt-4.1", endpoint: "chat/completions", hasPenalties: true },
  { adapter: "anthropic", model: "claude-sonnet-4-5", endpoint: "messages", hasPenalties: false },
];

const requestOf = (random: Random, { hasPenalties }: Way): GenerationRequest => randomRequest(random, { hasPenalties });

describe("a request in the words of a provider", () => {
  it.each(ways)("means the same when it is read again, at $adapter", (way) => {
    for (let round = 0; round < 300; round += 1) {
      const request = requestOf(seededRandom(77 + round * 104_729), way);
      expect(thereAndBack(request, way), `round ${round}`).toEqual(request);
    }
  });

  it("of another dialect, too: by one provider's words to another's", () => {
    for (let round = 0; round < 300; round += 1) {
      let request = randomRequest(seededRandom(5 + round * 15_485_863), { hasPenalties: false });
      const first = request;
      for (const way of [...ways, ...ways.toReversed()]) request = thereAndBack(request, way);
      expect(request, `round ${round}`).toEqual(first);
    }
  });
});
