import type { ReasoningPart, Signature } from "../../conversation/request.ts";

// Anthropic's own signatures are base64, which has no colon.
const foreignPrefix = "gateway:";
const foreignPattern = /^gateway:(openai|gemini):(.*)$/s;

/**
 * A signature as a client of the Messages API carries it: Anthropic's own as it is, that of another provider with its
 * name before it, and an empty one for thoughts that nobody signed.
 */
export const writeSignature = (signature: Signature | undefined): string => {
  if (signature === undefined) return "";
  return signature.by === "anthropic" ? signature.value : `${foreignPrefix}${signature.by}:${signature.value}`;
};

/** The signature that a client carries back; undefined for thoughts that nobody signed. */
export const readSignature = (text: string): Signature | undefined => {
  if (text === "") return undefined;
  const [, by, value] = foreignPattern.exec(text) ?? [];
  if ((by === "openai" || by === "gemini") && value !== undefined) return { by, value };
  return { by: "anthropic", value: text };
};

/** Whether Anthropic would know a signature for its own. */
export const isAnthropicSignature = (text: unknown): boolean =>
  typeof text === "string" && text !== "" && !text.startsWith(foreignPrefix);

/** Thoughts of an earlier turn, as a block of the Messages API holds them. */
export const reasoningPart = (text: string, signatureText: string, redacted: boolean): ReasoningPart => {
  const signature = readSignature(signatureText);
  return {
    type: "reasoning",
    text,
    ...(redacted ? { redacted } : {}),
    ...(signature === undefined ? {} : { signature }),
  };
};
