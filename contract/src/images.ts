import { z } from "zod";
import { defineEndpoint } from "./endpoint.ts";

/**
 * The picture routes in OpenAI's dialect. As with the other `/v1` routes the schemas describe what the gateway acts on, and
 * the rest is the provider's to check.
 */
const model = z.string().min(1).max(300);
const count = z.int().min(1).max(10);

export const ImageGenerationRequest = z
  .looseObject({
    model,
    prompt: z.string().min(1),
    n: count.nullish().meta({ description: "How many pictures; one unless it is said." }),
    size: z.string().nullish().meta({ description: "Width and height, such as 1024x1024, or auto." }),
    quality: z.string().nullish(),
    response_format: z.enum(["url", "b64_json"]).nullish(),
    stream: z.boolean().nullish(),
    partial_images: z.int().min(0).max(3).nullish(),
  })
  .meta({ id: "ImageGenerationRequest" });

// A form holds texts only.
const numberText = z.union([
  z.number(),
  z
    .string()
    .regex(/^\d{1,9}$/, "must be a whole number")
    .transform(Number),
]);
const yesOrNoText = z.union([z.boolean(), z.enum(["true", "false"]).transform((word) => word === "true")]);

/** The text fields of a form for an edit or a variation; the pictures are its files `image` (or `image[]`) and `mask`. */
export const ImageFormFields = z.looseObject({
  model,
  prompt: z.string().min(1).optional(),
  n: numberText.pipe(count).optional(),
  quality: z.string().optional(),
  stream: yesOrNoText.optional(),
  partial_images: numberText.pipe(z.int().min(0).max(3)).optional(),
});

const Picture = z.looseObject({
  b64_json: z.string().optional(),
  url: z.string().optional(),
  revised_prompt: z.string().optional(),
});

export const ImageList = z
  .looseObject({
    created: z.int(),
    data: z.array(Picture),
    usage: z
      .looseObject({ input_tokens: z.int(), output_tokens: z.int(), total_tokens: z.int() })
      .optional()
      .meta({ description: "Of models that are billed by tokens." }),
  })
  .meta({ id: "ImageList" });

const file = z.string().meta({ format: "binary" });
const sources = z.union([file, z.array(file)]);

const ImageEditForm = z
  .looseObject({
    image: sources.meta({ description: "One picture, or several as `image[]`." }),
    mask: file.optional().meta({ description: "Where it is transparent, the first picture is changed." }),
    model,
    prompt: z.string().min(1),
    n: count.optional(),
    size: z.string().optional(),
    quality: z.string().optional(),
    response_format: z.enum(["url", "b64_json"]).optional(),
    stream: z.boolean().optional(),
    partial_images: z.int().min(0).max(3).optional(),
  })
  .meta({ id: "ImageEditForm" });

const ImageVariationForm = z
  .looseObject({
    image: file,
    model,
    n: count.optional(),
    size: z.string().optional(),
    response_format: z.enum(["url", "b64_json"]).optional(),
  })
  .meta({ id: "ImageVariationForm" });

const common = {
  tag: "Gateway",
  dialect: "openai",
  access: "caller",
  scope: "chat",
  method: "POST",
  rateClass: "spend",
  responses: { 200: { description: "The pictures", schema: ImageList } },
} as const;

export const createImage = defineEndpoint({
  ...common,
  id: "createImage",
  summary: "Draw pictures from words; `stream: true` answers with server-sent events",
  path: "/v1/images/generations",
  body: ImageGenerationRequest,
});

export const createImageEdit = defineEndpoint({
  ...common,
  id: "createImageEdit",
  summary: "Change pictures",
  path: "/v1/images/edits",
  multipart: true,
  form: ImageEditForm,
});

export const createImageVariation = defineEndpoint({
  ...common,
  id: "createImageVariation",
  summary: "Draw a picture again, a little different",
  path: "/v1/images/variations",
  multipart: true,
  form: ImageVariationForm,
});
