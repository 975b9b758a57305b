import { invalidRequest } from "../errors.ts";
import type { GenerationRequest } from "./request.ts";

/** Throws a 400 for a choice of a tool that is not there: what it demands could only be left out. */
export const checkToolChoice = ({ toolChoice, tools }: Pick<GenerationRequest, "toolChoice" | "tools">): void => {
  const isDemanded = toolChoice?.type === "required" || toolChoice?.type === "tool";
  if (!isDemanded) return;
  if (tools.length > 0 && (toolChoice.type !== "tool" || tools.some(({ name }) => name === toolChoice.name))) return;
  throw invalidRequest("`tool_choice` demands a tool that is not among `tools`.", { param: "tool_choice" });
};
