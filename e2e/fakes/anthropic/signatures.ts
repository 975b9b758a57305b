import { digest } from "../seeded.ts";

const mark = (nonce: string, text: string): string => digest(`the provider's secret ${nonce} ${text}`).slice(0, 32);

/** A signature that only the fake can make, over the thinking as it was shown. */
export const sign = (nonce: string, text: string): string =>
  Buffer.from(`fake:${digest(nonce).slice(0, 8)}:${mark(digest(nonce).slice(0, 8), text)}`).toString("base64");

export const isSigned = (signature: string, text: string): boolean => {
  const [name, nonce = "", given] = Buffer.from(signature, "base64").toString("utf8").split(":");
  return name === "fake" && given === mark(nonce, text);
};
