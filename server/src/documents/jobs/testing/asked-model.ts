import { isModelAllowed } from "@llm-tuner/gateway/admit/model-patterns.ts";
import { startTestGateway } from "@llm-tuner/gateway/testing/test-gateway.ts";
import { AppError } from "../../../platform/errors.ts";
import { silentLog } from "../../../platform/log/log.ts";
import { testCaller } from "../../../platform/testing/test-app.ts";
import { createModelTagger } from "../../../tagging/model/model-tagger.ts";
import { createTaggers } from "../../../tagging/taggers.ts";
import { knownModel, says } from "../../../tagging/testing/fake-model.ts";
import { people } from "./documents-world.ts";

/** The name under which jobs ask for the model. */
export const modelName = knownModel.name;

/** An answer of one tag, for 1300 nano-USD. */
export const saysTag = (tag: string) => says(JSON.stringify({ tags: [tag] }));

/** The real taggers with one model, asked through a real gateway from a provider whose answers the test plans. */
export async function startAskedModel() {
  const { gateway, upstream, meter, plans, routeTo, close } = await startTestGateway();
  /** Ids of API keys that do not work any more. */
  const expired = new Set<string>();
  const taggers = createTaggers({
    models: {
      find: async ({ bounds }) => (isModelAllowed(bounds.allowedModels, modelName) ? knownModel : undefined),
      names: async ({ bounds }) => (isModelAllowed(bounds.allowedModels, modelName) ? [modelName] : []),
    },
    log: silentLog,
    tagWithModel: createModelTagger({
      askGateway: (caller, body, signal) => gateway.chat(caller, body, signal),
      keyPhrasesOf: () => [],
      textTokens: 3000,
    }),
    // As the gateway's meter takes it: 10 and 30 nano-USD a token.
    pricesNow: async () => () => ({ inputUsdPerMillion: 0.01, outputUsdPerMillion: 0.03 }),
    chosenBy: async () => undefined,
    defaultTagger: "offline",
    textTokens: 3000,
    accounts: { standingOf: async () => ({ isActive: true, tier: "standard", role: "user" }) },
    keys: {
      async callerOfKey(apiKeyId) {
        if (!expired.has(apiKeyId)) return testCaller({ userId: people.ann, apiKeyId });
        throw new AppError({ code: "invalid_credentials", status: 401, message: "The API key has expired." });
      },
    },
  });
  return {
    taggers,
    upstream,
    meter,
    expired,
    /** From now on answers are read to their end, as those of hosted models are, also when nobody waits for them. */
    readOn() {
      const route = routeTo(upstream.origin, { onDisconnect: { whole: "drain", stream: "drain" } });
      plans.set(modelName, { steps: [[{ route, weight: 1 }]] });
    },
    close,
  };
}
