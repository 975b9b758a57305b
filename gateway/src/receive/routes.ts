import { invalidRequest, methodNotAllowed, unknownRoute } from "../errors.ts";
import { gatewayScopes } from "../ports.ts";
import type { Endpoint } from "./call.ts";

export type GatewayRoute =
  | { kind: "call"; endpoint: Endpoint; scope: string }
  | { kind: "list-models"; scope: string }
  | { kind: "get-model"; model: string; scope: string }
  | { kind: "get-response"; id: string; scope: string }
  | { kind: "delete-response"; id: string; scope: string }
  | { kind: "list-response-input"; id: string; scope: string }
  | { kind: "get-video"; id: string; scope: string }
  | { kind: "get-video-content"; id: string; scope: string }
  | { kind: "delete-video"; id: string; scope: string };

const modelPrefix = "/v1/models/";

const callPaths = new Map<string, Endpoint>([
  ["/v1/chat/completions", "chat/completions"],
  ["/v1/completions", "completions"],
  ["/v1/messages", "messages"],
  ["/v1/messages/count_tokens", "messages/count_tokens"],
  ["/v1/responses", "responses"],
  ["/v1/embeddings", "embeddings"],
  ["/v1/images/generations", "images/generations"],
  ["/v1/images/edits", "images/edits"],
  ["/v1/images/variations", "images/variations"],
  ["/v1/videos", "videos"],
]);

const { chat, modelsRead } = gatewayScopes;

/** What a path offers, by method. */
type Offer = Readonly<Partial<Record<string, GatewayRoute>>>;

const responsePath = /^\/v1\/responses\/([\w-]{1,200})(\/input_items)?$/;

const responseOffer = (path: string): Offer | undefined => {
  const [, id, input] = responsePath.exec(path) ?? [];
  if (id === undefined) return undefined;
  if (input !== undefined) return { GET: { kind: "list-response-input", id, scope: chat } };
  return { GET: { kind: "get-response", id, scope: chat }, DELETE: { kind: "delete-response", id, scope: chat } };
};

const videoPath = /^\/v1\/videos\/([\w-]{1,200})(\/content)?$/;

const videoOffer = (path: string): Offer | undefined => {
  const [, id, content] = videoPath.exec(path) ?? [];
  if (id === undefined) return undefined;
  if (content !== undefined) return { GET: { kind: "get-video-content", id, scope: chat } };
  return { GET: { kind: "get-video", id, scope: chat }, DELETE: { kind: "delete-video", id, scope: chat } };
};

const offerOf = (path: string): Offer | undefined => {
  const endpoint = callPaths.get(path);
  if (endpoint !== undefined) return { POST: { kind: "call", endpoint, scope: chat } };
  if (path === "/v1/models") return { GET: { kind: "list-models", scope: modelsRead } };
  if (path.startsWith(modelPrefix) && path.length > modelPrefix.length) {
    return { GET: { kind: "get-model", model: decodeModel(path), scope: modelsRead } };
  }
  return responseOffer(path) ?? videoOffer(path);
};

/** Names of models may hold slashes, so all that follows the prefix is the name. */
const decodeModel = (path: string): string => {
  try {
    return decodeURIComponent(path.slice(modelPrefix.length));
  } catch (cause) {
    throw invalidRequest("The model name in the path is not valid percent-encoding.", { param: "model", cause });
  }
};

/** Finds the operation. Throws `unknownRoute()` (404) or `methodNotAllowed()` (405). */
export const matchRoute = (method: string, url: string): GatewayRoute => {
  const queryStart = url.indexOf("?");
  const path = queryStart === -1 ? url : url.slice(0, queryStart);
  const offer = offerOf(path);
  if (offer === undefined) throw unknownRoute(method, path);
  const route = Object.hasOwn(offer, method) ? offer[method] : undefined;
  if (route === undefined) throw methodNotAllowed(method, path, Object.keys(offer).join(", "));
  return route;
};

const lookUpPaths = {
  "list-models": "/v1/models",
  "get-model": "/v1/models/{model}",
  "get-response": "/v1/responses/{response_id}",
  "delete-response": "/v1/responses/{response_id}",
  "list-response-input": "/v1/responses/{response_id}/input_items",
  "get-video": "/v1/videos/{video_id}",
  "get-video-content": "/v1/videos/{video_id}/content",
  "delete-video": "/v1/videos/{video_id}",
} as const;

/** Method and route without what the caller chose, such as `GET /v1/models/{model}`. */
export const routeName = (method: string, route: GatewayRoute): string =>
  `${method} ${route.kind === "call" ? `/v1/${route.endpoint}` : lookUpPaths[route.kind]}`;
