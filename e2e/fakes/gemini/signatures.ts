import { digest } from "../seeded.ts";

const mark = (value: unknown): string => digest(`a thought of the fake ${JSON.stringify(value)}`).slice(0, 32);

/** A signature that only the fake can make, over what the part holds. */
export const sign = (value: unknown): string => Buffer.from(`fake:${mark(value)}`).toString("base64");

/** What Google documents for calls that another model made. */
const sentinels = new Set(["skip_thought_signature_validator", "context_engineering_is_the_way_to_go"]);

/** The documented words also pass in base64, since the field holds bytes. */
export const isSigned = (signature: string, value: unknown): boolean =>
  signature === sign(value) ||
  sentinels.has(signature) ||
  sentinels.has(Buffer.from(signature, "base64").toString("utf8"));
