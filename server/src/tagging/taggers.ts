import { offlineTagger } from "@llm-tuner/contract/tagging.ts";
import { type GatewayCaller, noBounds } from "@llm-tuner/gateway/ports.ts";
import type { StoredCaller } from "../platform/http/stored-caller.ts";
import type { Tagger, TaggingOutcome, TaggingRequest } from "../documents/documents.module.ts";
import type { Caller } from "../platform/http/caller.ts";
import type { Log } from "../platform/log/log.ts";
import type { PricesNow } from "../usage/usage.module.ts";
import { estimateCost } from "./estimate-cost.ts";
import type { KnownModel, KnownModels } from "./known-models.ts";
import type { ModelTagger } from "./model/model-tagger.ts";
import { tagOffline } from "./offline/tag-offline.ts";
import { gatewayCallerOf, presentCaller, type StoredCallerDependencies } from "./stored-caller.ts";
import { taggerNeedsAccount, type TaggerOrigin, unknownTagger } from "./tagging.errors.ts";

export interface TaggersDependencies extends StoredCallerDependencies {
  models: KnownModels;
  tagWithModel: ModelTagger;
  pricesNow: PricesNow;
  /** What a person has chosen; undefined when nothing. */
  chosenBy: (userId: string) => Promise<string | undefined>;
  /** The platform's. */
  defaultTagger: string;
  textTokens: number;
  log: Log;
}

export interface Taggers extends Tagger {
  /** Throws a 400 that names those that there are when the caller has no tagger of that name. */
  check(caller: Caller, tagger: string, origin: TaggerOrigin): Promise<void>;
}

const offlineVersion = "offline-1";
const ownProvider = "tuned";

/** Sees what is everybody's: a model of one person is not found for it. */
const nobody: GatewayCaller = {
  accountId: "",
  keyId: null,
  scopes: new Set(),
  tier: "",
  bounds: noBounds,
  headers: {},
};

const failed = (kind: "refused" | "over_budget" | "retry", message: string): TaggingOutcome => ({
  ok: false,
  kind,
  message,
  retryAfterSeconds: null,
  costNanoUsd: 0,
});

function tagWithoutModel({ document, ...request }: TaggingRequest): TaggingOutcome {
  const startedMs = performance.now();
  const { tags, note } = tagOffline({ ...request, ...document });
  // What it cannot do is said; a document without tags would say nothing.
  if (tags.length === 0 && note !== null) return failed("refused", note);
  return {
    ok: true,
    result: {
      tags,
      source: "offline",
      promptVersion: offlineVersion,
      requestId: null,
      inputTokens: 0,
      outputTokens: 0,
      costNanoUsd: 0,
      elapsedMs: Math.round(performance.now() - startedMs),
    },
  };
}

/** The offline tagger and every model that somebody may use, under one name each. */
export function createTaggers(dependencies: TaggersDependencies): Taggers {
  const { models, tagWithModel, pricesNow, chosenBy, defaultTagger, textTokens, log } = dependencies;

  async function check(caller: Caller, tagger: string, origin: TaggerOrigin): Promise<void> {
    if (tagger === offlineTagger) return;
    const gatewayCaller = gatewayCallerOf(caller);
    if ((await models.find(gatewayCaller, tagger)) !== undefined) return;
    throw unknownTagger(tagger, { names: await models.names(gatewayCaller), origin });
  }

  async function wanted(caller: Caller, asked: string | undefined): Promise<[string, TaggerOrigin]> {
    if (asked !== undefined) return [asked, "request"];
    const chosen = await chosenBy(caller.userId);
    return chosen === undefined ? [defaultTagger, "platform"] : [chosen, "person"];
  }

  async function tagWithModelOf(request: TaggingRequest, signal: AbortSignal): Promise<TaggingOutcome> {
    if (request.caller === null) {
      return failed("refused", "A document without an owner cannot be tagged by a model: nobody would pay.");
    }
    const present = await presentCaller(dependencies, request.caller);
    // Nothing is wrong with the document: the job waits until a person has mended it.
    if ("refusal" in present) return failed("over_budget", present.refusal);
    const { caller } = present;
    const model = await models.find(caller, request.tagger);
    if (model === undefined)
      return failed("refused", `The model ${request.tagger} is not there any more, or not for you.`);
    return tagWithModel({ request, model, caller }, signal);
  }

  async function priced(model: KnownModel, characters: number) {
    const priceOf = await pricesNow();
    const price = priceOf({ provider: model.provider, model: model.priceModel });
    return estimateCost({ model, price, characters, textTokens });
  }

  return {
    check,

    async choose(caller, asked) {
      if (caller === null) {
        if (asked !== undefined && asked !== offlineTagger) throw taggerNeedsAccount(asked);
        return offlineTagger;
      }
      const [tagger, origin] = await wanted(caller, asked);
      await check(caller, tagger, origin);
      return tagger;
    },

    async tag(request, signal) {
      signal.throwIfAborted();
      try {
        return request.tagger === offlineTagger ? tagWithoutModel(request) : await tagWithModelOf(request, signal);
      } catch (error) {
        signal.throwIfAborted();
        log.error({ error, tagger: request.tagger }, "a document could not be tagged");
        return failed("retry", "The platform failed while it tagged the document.");
      }
    },

    async estimate(tagger, characters, caller: Caller | StoredCaller | null = null) {
      if (tagger === offlineTagger) return { low: 0, expected: 0, high: 0 };
      const model = await models.find(caller === null ? nobody : gatewayCallerOf(caller), tagger);
      return model === undefined ? null : priced(model, characters);
    },

    async providerOf(tagger) {
      if (tagger === offlineTagger) return offlineTagger;
      return (await models.find(nobody, tagger))?.provider ?? ownProvider;
    },
  };
}
