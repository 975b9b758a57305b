import type { ChatRequest } from "./chat-request.ts";

export type SnippetLanguage = "curl" | "python" | "javascript";

export const snippetLanguages: readonly { value: SnippetLanguage; word: string }[] = [
  { value: "curl", word: "curl" },
  { value: "python", word: "Python" },
  { value: "javascript", word: "JavaScript" },
];

const picturePlaceholder = "data:image/png;base64,YOUR_PICTURE";

/** Pictures would be thousands of lines: what stands for them says so. */
const readable = (request: ChatRequest): ChatRequest => ({
  ...request,
  messages: request.messages.map(({ role, content }) => ({
    role,
    content:
      typeof content === "string"
        ? content
        : content.map((part) => (part.type === "text" ? part : { ...part, image_url: { url: picturePlaceholder } })),
  })),
});

/** Within single quotes of a shell nothing is special but the quote itself. */
const shellQuoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

const curl = (request: ChatRequest, origin: string): string =>
  [
    `curl ${origin}/v1/chat/completions \\`,
    `  -H "Authorization: Bearer $LLM_TUNER_API_KEY" \\`,
    `  -H "Content-Type: application/json" \\`,
    `  -d ${shellQuoted(JSON.stringify(request, null, 2))}`,
  ].join("\n");

/** JSON's texts, lists and numbers are Python's too, and a request of this page holds nothing else. */
const pythonValue = (value: unknown): string => JSON.stringify(value, null, 4).replaceAll("\n", "\n    ");

const python = (request: ChatRequest, origin: string): string =>
  [
    "import os",
    "from openai import OpenAI",
    "",
    `client = OpenAI(base_url="${origin}/v1", api_key=os.environ["LLM_TUNER_API_KEY"])`,
    "",
    "answer = client.chat.completions.create(",
    ...Object.entries(request).map(([name, value]) => `    ${name}=${pythonValue(value)},`),
    ")",
    "print(answer.choices[0].message.content)",
  ].join("\n");

const javascript = (request: ChatRequest, origin: string): string =>
  [
    'import { env } from "node:process";',
    'import OpenAI from "openai";',
    "",
    `const client = new OpenAI({ baseURL: "${origin}/v1", apiKey: env.LLM_TUNER_API_KEY });`,
    "",
    `const answer = await client.chat.completions.create(${JSON.stringify(request, null, 2)});`,
    "console.log(answer.choices[0].message.content);",
  ].join("\n");

const writers = { curl, python, javascript } as const;

/** The request as a program sends it, with the key in the environment. */
export const snippetOf = (request: ChatRequest, language: SnippetLanguage, origin: string): string =>
  writers[language](readable(request), origin);
