import type { FastifyInstance, FastifyRequest } from "fastify";
import { bodyTimeout, invalidRequest } from "./http.errors.ts";

/** Why a text is not JSON, in the words of the parser, which name the place. */
function jsonFault(text: string): string {
  try {
    JSON.parse(text);
    return "it has a forbidden key (__proto__ or constructor)";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const maxDepth = 64;

/** Whether the text opens more arrays and objects inside one another than any call of the API needs. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (inString) {
      if (character === "\\") at += 1;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === "{" || character === "[") {
      depth += 1;
      if (depth > maxDepth) return true;
    } else if (character === "}" || character === "]") depth -= 1;
  }
  return false;
}

/** JSON is the only body that is parsed; an empty one is none, as many clients send it with DELETE. */
export function acceptJsonBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser("error", "error");
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<string>("application/json", { parseAs: "string" }, (request, text, done) => {
    if (text === "") {
      done(null);
      return;
    }
    if (isTooDeep(text)) {
      done(invalidRequest({ message: `The body is nested deeper than ${maxDepth} levels.` }));
      return;
    }
    // Given a callback, the default parser answers through it and returns nothing.
    void parse(request, text, (error, body) =>
      error === null
        ? done(null, body)
        : done(invalidRequest({ message: `The body is not valid JSON: ${jsonFault(text)}` })),
    );
  });
}

const isUpload = (request: FastifyRequest): boolean => {
  const multipart = request.routeOptions.config?.endpoint?.multipart;
  return multipart === true || (multipart === "or_json" && request.isMultipart());
};

/** A client that sends its body byte by byte must not hold a connection for ever. Uploads have their own pace. */
export function limitBodyTime(app: FastifyInstance, timeoutMs: number): void {
  app.addHook("preParsing", (request, reply, payload, done) => {
    const { headers } = request;
    const hasBody = headers["content-length"] !== undefined || headers["transfer-encoding"] !== undefined;
    if (!hasBody || isUpload(request)) return done(null, payload);
    const timer = setTimeout(() => {
      if (request.raw.complete) return;
      // An answer that was handed over to a library is not ours to write.
      if (reply.sent) request.raw.destroy();
      else void reply.header("connection", "close").send(bodyTimeout());
    }, timeoutMs);
    const clear = () => clearTimeout(timer);
    payload.once("end", clear);
    reply.raw.once("close", clear).once("finish", clear);
    done(null, payload);
  });
}
