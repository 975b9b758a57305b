/**
 * Speaks the serving-folder protocol in place of the Python worker, in milliseconds and as `script.json` in the base
 * model's folder says. It answers with the characters of the question in reverse order, one token per character.
 */
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { ServeJob, serveFolderPaths } from "@llm-tuner/contract/run-folder.ts";
import { WorkerScript } from "./worker-script.ts";

const folder = process.argv.at(-1) ?? "";
const job = ServeJob.parse(JSON.parse(readFileSync(join(folder, serveFolderPaths.job), "utf8")));
if (job.base_model.source.kind !== "folder") throw new Error("The scripted worker reads its script from a folder.");
const baseFolder = job.base_model.source.path;
const scriptPath = join(baseFolder, "script.json");
const script = WorkerScript.parse(existsSync(scriptPath) ? JSON.parse(readFileSync(scriptPath, "utf8")) : {});

appendFileSync(join(baseFolder, "starts.txt"), `${job.model} ${process.pid}\n`);
if (script.failure !== undefined) {
  console.error(`reading weights\n${script.failure}`);
  process.exit(1);
}
if (script.ignoresSigterm) process.on("SIGTERM", () => undefined);
if (!script.outlivesServer) {
  const parent = process.ppid;
  setInterval(() => process.ppid === parent || process.exit(0), 100);
}

const tokensOf = (characters: string): number[] => Array.from(characters, (character) => character.codePointAt(0) ?? 0);

interface ChatBody {
  messages: { content: string }[];
  max_tokens: number;
}

const answer = ({ messages, max_tokens }: ChatBody) => {
  const prompt = tokensOf(messages.map(({ content }) => content).join("\n"));
  const output = prompt.toReversed().slice(0, max_tokens);
  return {
    id: "chatcmpl-scripted",
    object: "chat.completion",
    created: 0,
    model: job.model,
    prompt_token_ids: prompt,
    choices: [
      {
        index: 0,
        finish_reason: "stop",
        message: { role: "assistant", content: String.fromCodePoint(...output) },
        token_ids: output,
      },
    ],
    usage: {
      prompt_tokens: prompt.length,
      completion_tokens: output.length,
      total_tokens: prompt.length + output.length,
    },
  };
};

const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  if (request.headers.authorization !== `Bearer ${job.token}`) response.writeHead(401).end();
  else if (request.url === "/health") response.writeHead(script.healthStatus).end();
  // Only tests speak to this worker, and they send this body.
  else response.end(JSON.stringify(answer(JSON.parse(await text(request)) as ChatBody)));
};

// A machine that was busy for seconds must not find the connection closed in the middle of a request.
const server = createServer({ keepAliveTimeout: 600_000 }, (request, response) => void handle(request, response));
server.listen(0, "127.0.0.1", () => {
  if (script.neverReady) return;
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const announcement = { pid: process.pid, port, context_window: 64, time: new Date().toISOString() };
  const path = join(folder, serveFolderPaths.announcement);
  writeFileSync(`${path}.partial`, JSON.stringify(announcement));
  renameSync(`${path}.partial`, path);
});
