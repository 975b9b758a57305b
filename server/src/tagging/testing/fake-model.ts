import { type FakeAnswer, jsonAnswer, usageOf } from "@llm-tuner/gateway/testing/fake-upstream.ts";
import { startTestGateway, testCaller } from "@llm-tuner/gateway/testing/test-gateway.ts";
import type { TaggingRequest } from "../../documents/documents.module.ts";
import type { StoredCaller } from "../../platform/http/stored-caller.ts";
import type { KnownModel } from "../known-models.ts";
import { createModelTagger } from "../model/model-tagger.ts";

/** A whole chat completion of 100 and 10 tokens. */
export const says = (content: string | null, { message = {}, finish = "stop" } = {}): FakeAnswer =>
  jsonAnswer({
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1,
    model: "upstream-model",
    choices: [{ index: 0, message: { role: "assistant", content, ...message }, finish_reason: finish }],
    usage: usageOf(100, 10),
  });

export const refuses = (message: string, { status = 400, param = "", code = "", headers = {} } = {}): FakeAnswer =>
  jsonAnswer({ error: { message, type: "invalid_request_error", param, code } }, status, headers);

export const storedCaller: StoredCaller = {
  userId: "user_1",
  role: "user",
  tier: "standard",
  sessionId: null,
  apiKeyId: null,
  clientTokenId: null,
  scopes: [],
  bounds: { allowedModels: null, spend: [], locked: null, tier: null },
};

export const knownModel: KnownModel = {
  name: "upstream-model",
  provider: "server",
  priceModel: "upstream-model",
  adapter: "openai-compatible",
  isOwn: false,
  contextTokens: null,
  maxAnswerTokens: null,
};

const document = { title: "Invoice 4711", fileName: "scan.pdf", text: "Please pay 100 EUR to Acme.", language: "en" };

export const requestOf = (changed: Partial<TaggingRequest> = {}): TaggingRequest => ({
  caller: storedCaller,
  tagger: "upstream-model",
  document,
  languages: [],
  maxTags: 10,
  mode: "free",
  knownTags: [],
  ...changed,
});

/** The model tagger before a real gateway whose provider says what the test plans. */
export async function createModelWorld() {
  const { gateway, upstream, meter, close } = await startTestGateway();
  const createTagger = (textTokens = 3_000) =>
    createModelTagger({
      askGateway: (caller, body, signal) => gateway.chat(caller, body, signal),
      keyPhrasesOf: () => ["a frequent phrase"],
      textTokens,
    });
  const tagger = createTagger();
  return {
    upstream,
    meter,
    createTagger,
    tag: (changed: Partial<TaggingRequest> = {}, model: KnownModel = knownModel, by = tagger) =>
      by({ request: requestOf(changed), model, caller: testCaller }, new AbortController().signal),
    /** Nano-USD of the requests that were settled from the given one on. */
    spentSince: (index: number): number =>
      meter.settlements.slice(index).reduce((total, { usage: { counts } }) => {
        const { inputUncached, outputText } = counts;
        return total + inputUncached * 10 + outputText * 30;
      }, 0),
    close,
  };
}
