import type { TranslationNotes } from "../../conversation/notes.ts";
import { isJsonObject, type JsonObject } from "../../json.ts";
import type { TranslationArgs } from "../provider.ts";
import { type ChatServer, effortOfBudget } from "./chat-server.ts";
import { lookUp } from "../../look-up.ts";

/** Words that all servers with a notion of effort know. */
const knownEfforts = new Set(["low", "medium", "high"]);
const nearestEfforts: Readonly<Record<string, string>> = { minimal: "low", xhigh: "high", max: "high" };

const knownEffort = (effort: string, notes: TranslationNotes): string => {
  if (knownEfforts.has(effort)) return effort;
  const nearest = lookUp(nearestEfforts, effort) ?? "medium";
  notes.lost("reasoning.effort", `sent as \`${nearest}\``);
  return nearest;
};

/** Templates of other models know no `developer` and either fail or leave its words out. */
const withoutDevelopers = (messages: unknown, notes: TranslationNotes): unknown[] | undefined => {
  const entries: unknown[] = Array.isArray(messages) ? messages : [];
  const isDeveloper = (message: unknown): message is JsonObject =>
    isJsonObject(message) && message["role"] === "developer";
  const first = entries.findIndex(isDeveloper);
  if (first === -1) return undefined;
  notes.lost(`messages[${first}].role`, "`developer` is sent as `system`");
  return entries.map((message) => (isDeveloper(message) ? { ...message, role: "system" } : message));
};

/** vLLM, Ollama, llama.cpp and the platform's own servers. */
export const compatibleServer: ChatServer = {
  // Ollama takes no addresses at all, and a server within a network may not reach them.
  inlinesMedia: () => true,
  outputField: "max_tokens",
  endUserField: "user",
  takesThoughts: true,
  sampling: (wanted) => wanted,
  reasoning({ effort, budgetTokens, disabled, visible }, _model, notes) {
    if (visible === false) notes.lost("thinking.display", "the server shows the thoughts that it shows");
    if (disabled === true) {
      notes.lost("reasoning", "there is no common way to turn it off");
      return {};
    }
    if (effort !== undefined) return { reasoning_effort: knownEffort(effort, notes) };
    return budgetTokens === undefined ? {} : { reasoning_effort: effortOfBudget(budgetTokens) };
  },
  changedFields({ call, notes }: TranslationArgs) {
    const messages = withoutDevelopers(call.body["messages"], notes);
    return messages === undefined ? {} : { messages };
  },
};
