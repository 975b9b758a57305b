import type { FastifyInstance } from "fastify";
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

/** JSON is the only body that is parsed; an empty one is none, as many clients send it with DELETE. */
export function acceptJsonBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser("error", "error");
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<string>("application/json", { parseAs: "string" }, (request, text, done) => {
    if (text === "") {
      done(null);
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

/** A client that sends its body byte by byte must not hold a connection for ever. Uploads have their own pace. */
export function limitBodyTime(app: FastifyInstance, timeoutMs: number): void {
  app.addHook("preParsing", async (request, reply, payload) => {
    const { headers, routeOptions } = request;
    const hasBody = headers["content-length"] !== undefined || headers["transfer-encoding"] !== undefined;
    if (!hasBody || routeOptions.config?.endpoint?.multipart === true) return payload;
    const timer = setTimeout(() => {
      if (!request.raw.complete) void reply.header("connection", "close").send(bodyTimeout());
    }, timeoutMs);
    const clear = () => clearTimeout(timer);
    payload.once("end", clear);
    reply.raw.once("close", clear).once("finish", clear);
    return payload;
  });
}
