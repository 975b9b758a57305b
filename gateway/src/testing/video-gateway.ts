import type OpenAI from "openai";
import type { JsonObject } from "../json.ts";
import { type Adapter, noBounds } from "../ports.ts";
import { jsonAnswer, type FakeAnswer } from "./fake-upstream.ts";
import { startTestGateway, testCaller, type TestGateway } from "./test-gateway.ts";

/** What OpenAI answers to an order for eight seconds. */
export const film: JsonObject = {
  id: "video_up",
  object: "video",
  created_at: 1,
  completed_at: null,
  expires_at: null,
  error: null,
  model: "sora-2",
  progress: 0,
  prompt: "Waves",
  remixed_from_video_id: null,
  seconds: "8",
  size: "720x1280",
  status: "queued",
};

export const inState = (status: string, more: JsonObject = {}): FakeAnswer => jsonAnswer({ ...film, status, ...more });

export const mp4 = (bytes: Uint8Array, headers: Record<string, string> = {}, status = 200): FakeAnswer => ({
  status,
  headers: { "content-type": "video/mp4", ...headers },
  steps: [{ send: bytes }],
});

export interface VideoGateway {
  test: TestGateway;
  client: OpenAI;
  /** Orders eight seconds of a model, and gives the id by which its caller knows them. */
  order(model?: "film" | "veo"): Promise<string>;
}

/**
 * A gateway with the models `film` of OpenAI, `veo` of Google and `writer` of Anthropic, and `twice`, which is OpenAI's by two
 * ways. The keys `stranger`, `narrow` (for `veo` alone) and `locked` are known besides the usual one.
 */
export const startVideoGateway = async (): Promise<VideoGateway> => {
  const test = await startTestGateway();
  const client = test.client();
  const offer = (name: string, adapter: Adapter, upstreamModel: string, origins = [test.upstream.origin]): void => {
    const routes = origins.map((origin, index) =>
      test.routeTo(origin, { adapter, provider: adapter, upstreamModel, deployment: `dep_${name}_${index}` }),
    );
    test.plans.set(name, { steps: routes.map((route) => [{ route, weight: 1 }]) });
  };
  offer("film", "openai", "sora-2");
  offer("veo", "gemini", "veo-3.0-generate-001");
  offer("writer", "anthropic", "claude");
  offer("twice", "openai", "sora-2", [test.upstream.origin, new URL("/second", test.upstream.origin)]);
  test.callers.set("stranger", { ...testCaller, accountId: "user_2", keyId: "key_2" });
  test.callers.set("narrow", { ...testCaller, bounds: { ...noBounds, allowedModels: ["veo"] } });
  test.callers.set("locked", { ...testCaller, bounds: { ...noBounds, locked: { model: "film" } } });
  return {
    test,
    client,
    async order(model = "film") {
      test.upstream.plan(model === "veo" ? jsonAnswer({ name: "models/veo-3.0/operations/op1" }) : jsonAnswer(film));
      return (await client.videos.create({ model, prompt: "Waves", seconds: "8" })).id;
    },
  };
};
