import { z } from "zod";

const text = z.string();
const maybe = <T extends z.ZodType>(type: T) => type.nullish();

// Forms hold texts only.
const number = z.union([z.int(), text.regex(/^\d+$/).transform(Number)]);
const yesOrNo = z.union([z.boolean(), z.enum(["true", "false"]).transform((word) => word === "true")]);

const tokenImages = {
  background: maybe(z.enum(["transparent", "opaque", "auto"])),
  complexity: maybe(z.enum(["low", "medium", "high"])),
  frame_count: maybe(number),
  frame_duration_ms: maybe(number),
  output_compression: maybe(number),
  output_format: maybe(z.enum(["png", "webp", "jpeg", "gif", "svg"])),
  partial_images: maybe(number.refine((count) => count <= 3, "at most 3")),
  stream: maybe(yesOrNo),
  svg: z.unknown().optional(),
  safety_identifier: maybe(text),
  quality: maybe(z.enum(["low", "medium", "high", "xhigh", "max", "auto"])),
  size: maybe(text.regex(/^(auto|\d+x\d+)$/, "no such size")),
};
const common = {
  model: text.optional(),
  n: maybe(number.refine((count) => count >= 1 && count <= 10, "from 1 to 10")),
  user: text.optional(),
};

/** `gpt-image-…`: billed by tokens, always base64. */
export const TokenImageRequest = z.strictObject({
  ...common,
  ...tokenImages,
  prompt: text.min(1),
  moderation: maybe(z.enum(["low", "auto"])),
});
export const TokenImageEditRequest = z.strictObject({
  ...common,
  ...tokenImages,
  prompt: text.min(1),
  input_fidelity: maybe(z.enum(["high", "low"])),
});

/** `dall-e-…`: billed by the picture. */
export const PricedImageRequest = z.strictObject({
  ...common,
  prompt: text.min(1),
  quality: maybe(z.enum(["standard", "hd"])),
  response_format: maybe(z.enum(["url", "b64_json"])),
  size: maybe(z.enum(["256x256", "512x512", "1024x1024", "1792x1024", "1024x1792"])),
  style: maybe(z.enum(["vivid", "natural"])),
});
export const ImageVariationRequest = z.strictObject({
  ...common,
  response_format: maybe(z.enum(["url", "b64_json"])),
  size: maybe(z.enum(["256x256", "512x512", "1024x1024"])),
});

export const VideoRequest = z.strictObject({
  prompt: text.min(1),
  model: text.optional(),
  seconds: z.enum(["4", "8", "12"]).optional(),
  size: z.enum(["720x1280", "1280x720", "1024x1792", "1792x1024"]).optional(),
  input_reference: z.strictObject({ file_id: text, image_url: text }).partial().optional(),
});
