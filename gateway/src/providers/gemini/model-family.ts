import { invalidRequest } from "../../errors.ts";

/** What has to be known of a Gemini model to ask it, read from its name. */
export interface ModelFamily {
  /** From 3 on thinking is asked for by words, and a call without its signature is refused. */
  isThird: boolean;
  /** Whether the model can be told how much it thinks. */
  thinks: boolean;
  tier: "pro" | "flash" | "flash-lite";
}

const tierOf = (name: string): ModelFamily["tier"] => {
  if (name.includes("flash-lite")) return "flash-lite";
  return name.includes("flash") ? "flash" : "pro";
};

/** Names without a version, such as `gemini-flash-latest`, stand for the newest models. */
export const familyOf = (model: string): ModelFamily => {
  const name = model.slice(model.lastIndexOf("/") + 1);
  const isGemini = name.startsWith("gemini");
  const version = /^gemini-(\d+)(?:\.(\d+))?/.exec(name);
  const number = version === null ? Infinity : Number(version[1]) + Number(version[2] ?? 0) / 10;
  const isThird = isGemini && number >= 3;
  // Those of 2.5 that draw or speak do not think.
  const thinks = isThird || (isGemini && number >= 2.5 && !/-(image|tts)/.test(name));
  return { isThird, thinks, tier: tierOf(name) };
};

/** `models/gemini-3-flash` as it stands in a path; a name with a folder of its own, such as `tunedModels/x`, keeps it. */
export const modelPath = (model: string): string => {
  const parts = (model.includes("/") ? model : `models/${model}`).split("/");
  // Where names are left open callers choose them, and a part that is only dots would lead out of the folder.
  if (parts.some((part) => /^\.{0,2}$/.test(part))) {
    throw invalidRequest("No model of Gemini's can have this name.", { param: "model", code: "model_not_found" });
  }
  return parts.map(encodeURIComponent).join("/");
};
