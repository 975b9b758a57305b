import { z } from "zod";
import { defineEndpoint } from "./endpoint.ts";

/**
 * OpenAI's Responses dialect. Like the other routes of `/v1` these schemas are open: the gateway checks what it acts on, the
 * provider the rest.
 */
const InputPart = z.looseObject({ type: z.string() });

const InputItem = z.looseObject({
  type: z.string().optional(),
  role: z.string().optional(),
  content: z.union([z.string(), z.array(InputPart)]).nullish(),
});

const Tool = z.looseObject({ type: z.string() });

export const ResponseRequest = z
  .looseObject({
    model: z.string().min(1).max(300),
    input: z.union([z.string(), z.array(InputItem)]),
    instructions: z.string().nullish(),
    max_output_tokens: z.int().min(1).nullish(),
    previous_response_id: z.string().min(1).max(200).nullish(),
    store: z
      .boolean()
      .nullish()
      .meta({ description: "Keep the response, to be read or continued later; default false." }),
    stream: z.boolean().nullish(),
    temperature: z.number().nullish(),
    top_p: z.number().nullish(),
    tools: z.array(Tool).nullish(),
  })
  .meta({ id: "ResponseRequest" });
export type ResponseRequest = z.infer<typeof ResponseRequest>;

const ModelResponse = z
  .looseObject({
    id: z.string(),
    object: z.literal("response"),
    created_at: z.number(),
    status: z.string(),
    model: z.string(),
    output: z.array(z.looseObject({ type: z.string() })),
  })
  .meta({ id: "ModelResponse" });

const common = { tag: "Gateway", dialect: "openai", access: "caller", scope: "chat" } as const;
const params = z.strictObject({ response_id: z.string().min(1).max(200) });

export const createResponse = defineEndpoint({
  ...common,
  id: "createResponse",
  summary: "Answer in OpenAI's Responses dialect; `stream: true` answers with server-sent events",
  method: "POST",
  path: "/v1/responses",
  rateClass: "spend",
  body: ResponseRequest,
  responses: { 200: { description: "The answer", schema: ModelResponse } },
});

export const getResponse = defineEndpoint({
  ...common,
  id: "getResponse",
  summary: "A response that was stored",
  method: "GET",
  path: "/v1/responses/{response_id}",
  rateClass: "read",
  params,
  responses: { 200: { description: "The response", schema: ModelResponse } },
});

export const deleteResponse = defineEndpoint({
  ...common,
  id: "deleteResponse",
  summary: "Forget a response that was stored",
  method: "DELETE",
  path: "/v1/responses/{response_id}",
  rateClass: "write",
  params,
  responses: {
    200: {
      description: "It is gone",
      schema: z
        .strictObject({ id: z.string(), object: z.literal("response"), deleted: z.literal(true) })
        .meta({ id: "DeletedResponse" }),
    },
  },
});

export const listResponseInput = defineEndpoint({
  ...common,
  id: "listResponseInput",
  summary: "What a stored response was asked with, earlier turns included",
  method: "GET",
  path: "/v1/responses/{response_id}/input_items",
  rateClass: "read",
  params,
  responses: {
    200: {
      description: "All items, oldest first",
      schema: z
        .strictObject({
          object: z.literal("list"),
          data: z.array(z.looseObject({ type: z.string() })),
          first_id: z.string().nullable(),
          last_id: z.string().nullable(),
          has_more: z.boolean(),
        })
        .meta({ id: "ResponseInputList" }),
    },
  },
});
