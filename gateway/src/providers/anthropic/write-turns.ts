import type { TranslationNotes } from "../../conversation/notes.ts";
import type { Part, TextPart, Turn } from "../../conversation/request.ts";
import type { JsonObject } from "../../json.ts";
import { writeAssistantPart, writeReasoning, writeText, writeUserPart } from "./write-parts.ts";

interface Message {
  role: "user" | "assistant";
  content: JsonObject[];
}

export interface Conversation {
  system: readonly JsonObject[];
  messages: readonly Message[];
  /** Names of the tools that were called. */
  calledTools: ReadonlySet<string>;
  /** The last turn of the model called tools and does not begin with thoughts, so that it may not begin to think now. */
  lacksThoughts: boolean;
}

const writeSystem = (turns: readonly Turn[], notes: TranslationNotes): JsonObject[] => {
  const firstOther = turns.findIndex(({ role }) => role !== "system");
  const isMoved = firstOther !== -1 && turns.slice(firstOther).some(({ role }) => role === "system");
  if (isMoved) notes.lost("messages", "later system messages were moved before the conversation");
  return turns
    .filter(({ role }) => role === "system")
    .flatMap(({ parts }) => parts.filter((part): part is TextPart => part.type === "text").flatMap(writeText));
};

class MessageWriter {
  readonly #notes: TranslationNotes;
  readonly messages: Message[] = [];
  #toldOfThoughts = false;

  constructor(notes: TranslationNotes) {
    this.#notes = notes;
  }

  /** Turns of the same side become one message: all results of a turn's tools have to stand in one. */
  add(role: Message["role"], parts: readonly Part[]): void {
    const content = parts.flatMap((part) => this.#write(role, part));
    if (content.length === 0) return;
    const last = this.messages.at(-1);
    if (last?.role === role) last.content.push(...content);
    else this.messages.push({ role, content });
  }

  #write(role: Message["role"], part: Part): JsonObject[] {
    if (role === "user") return writeUserPart(part, this.#notes);
    if (part.type !== "reasoning") return writeAssistantPart(part, this.#notes);
    const written = writeReasoning(part);
    if (written !== undefined) return [written];
    if (!this.#toldOfThoughts) {
      this.#notes.lost("messages", "thoughts that this provider has not signed were left out");
      this.#toldOfThoughts = true;
    }
    return [];
  }
}

/** The provider wants the results of tools before anything else that the user says. */
const resultsFirst = (content: readonly JsonObject[]): JsonObject[] => [
  ...content.filter(({ type }) => type === "tool_result"),
  ...content.filter(({ type }) => type !== "tool_result"),
];

/** A last turn of the model is continued, and the provider refuses to continue white space. */
const withoutTrailingSpace = (message: Message): Message => {
  const last = message.content.at(-1);
  const text = last?.["text"];
  if (message.role !== "assistant" || last === undefined || typeof text !== "string") return message;
  return { ...message, content: [...message.content.slice(0, -1), { ...last, text: text.trimEnd() }] };
};

const isThought = (block: JsonObject | undefined): boolean =>
  block?.["type"] === "thinking" || block?.["type"] === "redacted_thinking";

/** What the user is made to say where a conversation begins with the model. */
const opening = "(begin)";

/** The turns of a conversation as `system` and `messages`. */
export const writeTurns = (turns: readonly Turn[], notes: TranslationNotes): Conversation => {
  const writer = new MessageWriter(notes);
  for (const { role, parts } of turns) if (role !== "system") writer.add(role, parts);
  const { messages } = writer;
  if (messages[0]?.role === "assistant") {
    notes.lost("messages", "this provider wants the user to speak first; an opening was put before the model's turn");
    messages.unshift({ role: "user", content: [{ type: "text", text: opening }] });
  }
  const calls = messages.flatMap(({ content }) => content.filter(({ type }) => type === "tool_use"));
  const lastOfModel = messages.findLast(({ role }) => role === "assistant");
  const callsTools = lastOfModel?.content.some(({ type }) => type === "tool_use") === true;
  return {
    system: writeSystem(turns, notes),
    messages: messages.map((message, index) => {
      const ordered = { ...message, content: resultsFirst(message.content) };
      return index === messages.length - 1 ? withoutTrailingSpace(ordered) : ordered;
    }),
    calledTools: new Set(calls.map(({ name }) => String(name))),
    lacksThoughts: callsTools && !isThought(lastOfModel?.content[0]),
  };
};
