import type { Parity } from "@llm-tuner/contract/models.ts";
import { Status, type Tone } from "../../ui/status.tsx";

const tones: Record<Parity["verdict"], Tone> = {
  pending: "running",
  passed: "success",
  failed: "danger",
  error: "warning",
};

const words = ({ verdict, prompts, mismatches }: Parity): string => {
  if (verdict === "pending") return "Being checked";
  if (verdict === "passed") return `Passed on ${prompts} prompts`;
  return verdict === "failed" ? `${mismatches} of ${prompts} prompts differ` : "Could not be checked";
};

export const ParityStatus = ({ parity }: { parity: Parity }) => (
  <Status tone={tones[parity.verdict]}>{words(parity)}</Status>
);
