import type { MessageTokensCount } from "@llm-tuner/contract/messages.ts";
import type { TranslationNotes } from "../../conversation/notes.ts";
import type { Call } from "../call.ts";
import { estimateMessageTokens } from "./fields.ts";

/** The body of `POST /v1/messages/count_tokens` for a model whose provider does not count, which the notes say. */
export const estimateCount = ({ body }: Call, notes: TranslationNotes): MessageTokensCount => {
  notes.lost("input_tokens", "estimated from the length of the text, for the provider of this model does not count");
  return { input_tokens: estimateMessageTokens(body) };
};
