import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import type { ChatRequest } from "./chat-request.ts";
import { snippetOf } from "./snippets.ts";

const origin = "https://tuner.example.org";
const request: ChatRequest = {
  model: "ft:starter:ab12:faq",
  messages: [
    { role: "system", content: 'It\'s "quoted" $HOME `id`' },
    {
      role: "user",
      content: [
        { type: "text", text: "What is this?" },
        { type: "image_url", image_url: { url: `data:image/png;base64,${"A".repeat(10_000)}` } },
      ],
    },
  ],
  max_completion_tokens: 64,
  stop: ["\n"],
};

describe("the request as code", () => {
  it("reaches curl through a shell as it is, with a placeholder for pictures", () => {
    const command = snippetOf(request, "curl", origin);
    // The shell hands its last argument, the body, to a program that writes it down.
    const body = execFileSync("sh", [
      "-c",
      command.replace(/^curl/, 'last() { for a; do :; done; printf %s "$a"; }; last'),
    ]);
    expect(JSON.parse(body.toString())).toEqual({
      ...request,
      messages: [
        request.messages[0],
        {
          role: "user",
          content: [
            { type: "text", text: "What is this?" },
            { type: "image_url", image_url: { url: "data:image/png;base64,YOUR_PICTURE" } },
          ],
        },
      ],
    });
    expect(command).toContain(`curl ${origin}/v1/chat/completions`);
  });

  it("is a call of the SDKs, with the key in the environment and never in the code", () => {
    const python = snippetOf(request, "python", origin);
    expect(python).toContain(`OpenAI(base_url="${origin}/v1", api_key=os.environ["LLM_TUNER_API_KEY"])`);
    expect(python).toContain("    max_completion_tokens=64,");
    const script = snippetOf(request, "javascript", origin);
    expect(script).toContain(`baseURL: "${origin}/v1", apiKey: env.LLM_TUNER_API_KEY`);
    for (const text of [python, script]) expect(text).not.toContain("AAAA");
  });
});
