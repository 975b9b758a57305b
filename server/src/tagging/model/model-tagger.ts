import type { GatewayCaller } from "@llm-tuner/gateway/ports.ts";
import type { SuggestedTag, TaggingOutcome, TaggingRequest } from "../../documents/documents.module.ts";
import type { KnownModel } from "../known-models.ts";
import { finalTags } from "../names/final-tags.ts";
import type { AskGateway } from "../ports.ts";
import type { AnswerForm } from "./answer-form.ts";
import { type Asked, askModel } from "./ask-model.ts";
import { planQuestion } from "./plan-question.ts";

export interface ModelTaggerDependencies {
  askGateway: AskGateway;
  /** Phrases that are frequent in a text, most frequent first. */
  keyPhrasesOf: (document: TaggingRequest["document"]) => readonly string[];
  textTokens: number;
}

export interface ModelQuestion {
  request: TaggingRequest;
  model: KnownModel;
  caller: GatewayCaller;
}

export type ModelTagger = (question: ModelQuestion, signal: AbortSignal) => Promise<TaggingOutcome>;

const charactersPerToken = 4;
const rememberedModels = 1_000;

/** Which form each model takes, so that not every document pays for trying the ones it does not. */
function createKnownForms() {
  const forms = new Map<string, AnswerForm>();
  return {
    of: ({ name, provider, isOwn }: KnownModel): AnswerForm =>
      // The platform's own models are asked in words alone: their server takes nothing else.
      isOwn ? "text" : (forms.get(`${provider} ${name}`) ?? "schema"),
    note({ name, provider, isOwn }: KnownModel, form: AnswerForm): void {
      if (isOwn) return;
      if (forms.size >= rememberedModels) forms.clear();
      forms.set(`${provider} ${name}`, form);
    },
  };
}

function suggestionsOf({ document, ...request }: TaggingRequest, names: readonly string[]): SuggestedTag[] {
  const languages =
    request.languages.length > 0 ? request.languages : document.language === null ? [] : [document.language];
  return finalTags({ ...request, suggested: names, languages });
}

const nothingToChoose = (promptVersion: string): TaggingOutcome => ({
  ok: true,
  result: {
    tags: [],
    source: "model",
    promptVersion,
    requestId: null,
    inputTokens: 0,
    outputTokens: 0,
    costNanoUsd: 0,
    elapsedMs: 0,
  },
});

/** Tags documents by asking a model of the gateway, whose answer may hold nothing but tags. */
export function createModelTagger({ askGateway, keyPhrasesOf, textTokens }: ModelTaggerDependencies): ModelTagger {
  const forms = createKnownForms();

  return async ({ request, model, caller }, signal) => {
    const startedMs = performance.now();
    const { document } = request;
    const isExcerpt = document.text.length > textTokens * charactersPerToken;
    const keyPhrases = isExcerpt && !model.isOwn ? keyPhrasesOf(document) : [];
    const planned = planQuestion(request, { model, caller, textTokens, keyPhrases });
    if (request.mode === "closed" && request.knownTags.length === 0) return nothingToChoose(planned.promptVersion);
    const question = { ...planned, form: forms.of(model), onLost: request.onLost };
    const asked: Asked = await askModel(askGateway, question, signal);
    const { bill } = asked;
    if (!asked.ok) return { ok: false, ...asked.failure, costNanoUsd: bill.costNanoUsd ?? 0 };
    forms.note(model, asked.form);
    return {
      ok: true,
      result: {
        ...bill,
        tags: suggestionsOf(request, asked.names),
        source: "model",
        promptVersion: planned.promptVersion,
        elapsedMs: Math.round(performance.now() - startedMs),
      },
    };
  };
}
