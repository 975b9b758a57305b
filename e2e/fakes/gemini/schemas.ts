import { z } from "zod";

const text = z.string();
const anything = z.unknown();
const map = z.record(text, anything);
const whole = z.union([z.int(), text.regex(/^-?\d+$/)]);

/** What Google takes of OpenAPI's schemas; `$ref`, `const`, `additionalProperties` and more it does not know. */
const Schema: z.ZodType = z.lazy(() =>
  z
    .strictObject({
      type: text.regex(/^(type_unspecified|string|number|integer|boolean|array|object|null)$/i, "no such type"),
      format: text,
      title: text,
      description: text,
      nullable: z.boolean(),
      enum: z.array(text),
      items: Schema,
      maxItems: whole,
      minItems: whole,
      properties: z.record(text, Schema),
      required: z.array(text),
      propertyOrdering: z.array(text),
      minProperties: whole,
      maxProperties: whole,
      minLength: whole,
      maxLength: whole,
      minimum: z.number(),
      maximum: z.number(),
      pattern: text,
      example: anything,
      default: anything,
      anyOf: z.array(Schema),
    })
    .partial(),
);

const Blob = z.strictObject({ mimeType: text, data: text, displayName: text.optional() });

const Part = z
  .strictObject({
    text,
    inlineData: Blob,
    fileData: z.strictObject({ mimeType: text.optional(), fileUri: text, displayName: text.optional() }),
    functionCall: z.strictObject({ id: text.optional(), name: text, args: map.optional() }),
    functionResponse: z.strictObject({
      id: text.optional(),
      name: text,
      response: map,
      parts: z.array(anything).optional(),
      willContinue: z.boolean().optional(),
      scheduling: text.optional(),
    }),
    executableCode: anything,
    codeExecutionResult: anything,
    thought: z.boolean(),
    thoughtSignature: text,
    videoMetadata: anything,
    mediaResolution: anything,
    partMetadata: anything,
  })
  .partial();

const Content = z.strictObject({ role: text.optional(), parts: z.array(Part).optional() });

const FunctionDeclaration = z.strictObject({
  name: text.regex(/^[a-zA-Z_][\w.:-]{0,127}$/, "Invalid function name. Must start with a letter or an underscore."),
  description: text.optional(),
  behavior: text.optional(),
  parameters: Schema.optional(),
  parametersJsonSchema: anything.optional(),
  response: Schema.optional(),
  responseJsonSchema: anything.optional(),
});

const Tool = z
  .strictObject({
    functionDeclarations: z.array(FunctionDeclaration),
    googleSearch: anything,
    googleSearchRetrieval: anything,
    codeExecution: anything,
    urlContext: anything,
    computerUse: anything,
    fileSearch: anything,
    googleMaps: anything,
    mcpServers: anything,
  })
  .partial();

const GenerationConfig = z
  .strictObject({
    stopSequences: z.array(text).max(5, "the number of stop sequences cannot exceed 5"),
    responseMimeType: z.enum(["text/plain", "application/json", "text/x.enum"]),
    responseSchema: Schema,
    responseJsonSchema: anything,
    responseModalities: z.array(z.enum(["TEXT", "IMAGE", "AUDIO"])),
    candidateCount: z.int().min(1).max(8),
    maxOutputTokens: z.int().min(1),
    temperature: z.number().min(0).max(2),
    topP: z.number().min(0).max(1),
    topK: z.number().min(0),
    seed: z.int(),
    presencePenalty: z.number().min(-2).max(2),
    frequencyPenalty: z.number().min(-2).max(2),
    responseLogprobs: z.boolean(),
    logprobs: z.int(),
    speechConfig: anything,
    thinkingConfig: z
      .strictObject({
        includeThoughts: z.boolean(),
        thinkingBudget: z.int().min(-1),
        thinkingLevel: z.enum([
          "THINKING_LEVEL_UNSPECIFIED",
          "MINIMAL",
          "LOW",
          "MEDIUM",
          "HIGH",
          "minimal",
          "low",
          "medium",
          "high",
        ]),
      })
      .partial(),
    imageConfig: anything,
    mediaResolution: text,
    enableEnhancedCivicAnswers: z.boolean(),
  })
  .partial();

const readable = {
  model: text.optional(),
  contents: z.array(Content).min(1, "contents is not specified"),
  systemInstruction: Content.optional(),
  tools: z.array(Tool).optional(),
  toolConfig: z
    .strictObject({
      functionCallingConfig: z
        .strictObject({
          mode: z.enum(["MODE_UNSPECIFIED", "AUTO", "ANY", "NONE", "VALIDATED"]),
          allowedFunctionNames: z.array(text),
        })
        .partial(),
      retrievalConfig: anything,
      includeServerSideToolInvocations: z.boolean(),
    })
    .partial()
    .optional(),
  safetySettings: z.array(z.strictObject({ category: text, threshold: text, method: text.optional() })).optional(),
  generationConfig: GenerationConfig.optional(),
  cachedContent: text.optional(),
  store: z.boolean().optional(),
  serviceTier: text.optional(),
};

export const GenerateRequest = z.strictObject(readable);

export const CountTokensRequest = z.strictObject({
  contents: z.array(Content).optional(),
  generateContentRequest: GenerateRequest.optional(),
});

const embed = {
  model: text.optional(),
  content: Content,
  taskType: text.optional(),
  title: text.optional(),
  outputDimensionality: z.int().min(1).optional(),
};
export const EmbedRequest = z.strictObject(embed);
export const BatchEmbedRequest = z.strictObject({
  requests: z
    .array(z.strictObject({ ...embed, model: text }))
    .min(1)
    .max(100),
});
