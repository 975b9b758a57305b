import { z } from "zod";
import { defineEndpoint } from "./endpoint.ts";

/**
 * Films in OpenAI's dialect: a job is ordered, looked at until it is over, and its content fetched. As with the other `/v1`
 * routes the schemas describe what the gateway acts on, and the rest is the provider's to check.
 */
const model = z.string().min(1).max(300);

/** OpenAI's clients send the number as a text, a form can do nothing else. */
const seconds = z
  .union([
    z.int(),
    z
      .string()
      .regex(/^\d{1,9}$/, "must be a whole number")
      .transform(Number),
  ])
  .pipe(z.int().min(1).max(600));

/** What the gateway acts on, of JSON as of the text fields of a form. */
export const VideoFields = z.looseObject({
  model,
  prompt: z.string().min(1),
  seconds: seconds.nullish(),
});

const VideoForm = z
  .looseObject({
    model,
    prompt: z.string().min(1),
    seconds: z.string().optional().meta({ description: "How long the film is; 4 unless it is said." }),
    size: z.string().optional().meta({ description: "Width and height, such as 1280x720." }),
    input_reference: z
      .string()
      .optional()
      .meta({ format: "binary", description: "A picture that the film begins with." }),
  })
  .meta({ id: "VideoForm" });

export const Video = z
  .looseObject({
    id: z.string(),
    object: z.literal("video"),
    model: z.string(),
    status: z.enum(["queued", "in_progress", "completed", "failed"]),
    progress: z.number().meta({ description: "Percent, where the provider says it." }),
    created_at: z.number(),
    completed_at: z.number().nullable(),
    expires_at: z.number().nullable(),
    prompt: z.string().nullish(),
    seconds: z.string(),
    size: z.string(),
    error: z.looseObject({ code: z.string(), message: z.string() }).nullable(),
  })
  .meta({ id: "Video" });
export type Video = z.infer<typeof Video>;

export const videoVariants = ["video", "thumbnail", "spritesheet"] as const;

const common = { tag: "Gateway", dialect: "openai", access: "caller", scope: "chat" } as const;
const params = z.strictObject({ video_id: z.string().min(1).max(200) });

export const createVideo = defineEndpoint({
  ...common,
  id: "createVideo",
  summary: "Order a film, by a form or by JSON with the same fields",
  method: "POST",
  path: "/v1/videos",
  rateClass: "spend",
  multipart: true,
  form: VideoForm,
  responses: { 200: { description: "The job", schema: Video } },
});

export const getVideo = defineEndpoint({
  ...common,
  id: "getVideo",
  summary: "How far a film is",
  method: "GET",
  path: "/v1/videos/{video_id}",
  rateClass: "read",
  params,
  responses: { 200: { description: "The job", schema: Video } },
});

export const getVideoContent = defineEndpoint({
  ...common,
  id: "getVideoContent",
  summary: "A film that is ready, or a part of it (`Range`)",
  method: "GET",
  path: "/v1/videos/{video_id}/content",
  rateClass: "read",
  params,
  query: z.strictObject({ variant: z.enum(videoVariants).optional() }),
  responses: {
    200: { description: "The film, or the picture that was asked for", contentType: "video/mp4" },
    206: { description: "The part that was asked for", contentType: "video/mp4" },
  },
});

export const deleteVideo = defineEndpoint({
  ...common,
  id: "deleteVideo",
  summary: "Delete a film at its provider, where that is possible",
  method: "DELETE",
  path: "/v1/videos/{video_id}",
  rateClass: "write",
  params,
  responses: {
    200: {
      description: "It is gone",
      schema: z
        .strictObject({ id: z.string(), object: z.literal("video.deleted"), deleted: z.literal(true) })
        .meta({ id: "DeletedVideo" }),
    },
  },
});
