import type { Signature } from "../../conversation/request.ts";

/** Marks what the gateway put into `encrypted_content`; anything else there is OpenAI's own. */
const prefix = "gateway1.";
const makers: readonly Signature["by"][] = ["openai", "anthropic", "gemini"];

/** The dialect has one place for what a provider wants back: `encrypted_content` of a reasoning item. */
export const encodeSignature = ({ by, value }: Signature): string =>
  by === "openai" ? value : `${prefix}${by}.${value}`;

/** The signature as its provider gave it. */
export const decodeSignature = (text: string): Signature => {
  if (!text.startsWith(prefix)) return { by: "openai", value: text };
  const rest = text.slice(prefix.length);
  const by = makers.find((maker) => rest.startsWith(`${maker}.`));
  return by === undefined ? { by: "openai", value: text } : { by, value: rest.slice(by.length + 1) };
};
