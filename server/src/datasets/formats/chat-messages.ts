import type { ChatMessage } from "@llm-tuner/contract/run-folder.ts";
import { cleanText, excerptOf } from "./excerpt.ts";
import { isRecord } from "./json-value.ts";

/** Codes are the categories of the OpenAI cookbook's check of chat data, so that their meaning can be looked up. */
export interface ChatFault {
  code:
    | "missing_messages_list"
    | "data_type"
    | "message_missing_key"
    | "message_unrecognized_key"
    | "unrecognized_role"
    | "missing_content"
    | "example_missing_assistant_message"
    | "invalid_weight";
  message: string;
}

/** `developer` is the newer word for `system`. */
const roles: Readonly<Record<string, ChatMessage["role"]>> = {
  system: "system",
  developer: "system",
  user: "user",
  assistant: "assistant",
};

/** `name` is accepted and dropped: no template of a base model shows it. */
const knownKeys = new Set(["role", "content", "name", "weight"]);
const maxMessages = 1000;

const show = (value: unknown): string => excerptOf(JSON.stringify(value) ?? "nothing");

function readMessage(value: unknown, position: number): ChatMessage | ChatFault {
  const what = `message ${position}`;
  if (!isRecord(value)) return { code: "data_type", message: `has a ${what} that is not an object` };
  const stranger = Object.keys(value).find((key) => !knownKeys.has(key));
  if (stranger !== undefined) {
    return { code: "message_unrecognized_key", message: `has a ${what} with the unknown key "${excerptOf(stranger)}"` };
  }
  for (const key of ["role", "content"]) {
    if (!(key in value)) return { code: "message_missing_key", message: `has a ${what} without "${key}"` };
  }
  const role = typeof value.role === "string" && Object.hasOwn(roles, value.role) ? roles[value.role] : undefined;
  if (role === undefined) {
    return {
      code: "unrecognized_role",
      message: `has a ${what} with the role ${show(value.role)}; known are ${Object.keys(roles).join(", ")}`,
    };
  }
  const { weight } = value;
  if (typeof value.content !== "string") {
    return { code: "missing_content", message: `has a ${what} whose content is not a text` };
  }
  const content = cleanText(value.content);
  if (content.trim() === "" && role !== "assistant") {
    return { code: "missing_content", message: `has a ${what} with empty content` };
  }
  if (weight === undefined) return { role, content };
  if ((weight === 0 || weight === 1) && role === "assistant") return { role, content, weight };
  return { code: "invalid_weight", message: `has a ${what} with a weight; only an assistant's may have one, 0 or 1` };
}

/** Checks the `messages` of one chat and brings them into the trainer's form. */
export function readMessages(value: unknown): { messages: ChatMessage[] } | { fault: ChatFault } {
  if (!Array.isArray(value) || value.length === 0) {
    return { fault: { code: "missing_messages_list", message: `has no "messages", a list with at least one message` } };
  }
  if (value.length > maxMessages) {
    return { fault: { code: "data_type", message: `has more than ${maxMessages} messages` } };
  }
  const messages: ChatMessage[] = [];
  for (const [index, item] of value.entries()) {
    const message = readMessage(item, index + 1);
    if ("code" in message) return { fault: message };
    messages.push(message);
  }
  if (!messages.some(({ role }) => role === "assistant")) {
    return {
      fault: { code: "example_missing_assistant_message", message: "has no message of the assistant to learn from" },
    };
  }
  return { messages };
}
