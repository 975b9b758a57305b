import type { z } from "zod";

/** What an API key may be allowed to do. An access token of a signed-in person carries all of them. */
export const scopes = [
  "chat",
  "models:read",
  "models:write",
  "files:read",
  "files:write",
  "training:read",
  "training:write",
  "usage:read",
  "documents:read",
  "documents:write",
  "satellite",
] as const;
export type Scope = (typeof scopes)[number];

/**
 * Who may call:
 * - `public`: anybody;
 * - `session`: a signed-in person (an API key and a client token are refused);
 * - `admin`: a signed-in person whose role is admin;
 * - `caller`: an access token, or an API key that holds `scope`;
 * - `optional`: anybody, and whoever presents credentials as a `caller`. What is made without credentials belongs to
 *   whoever holds its id, which cannot be guessed.
 */
export type Access = "public" | "session" | "admin" | "caller" | "optional";

/** Which bucket of the rate limiter a call is taken from. */
export type RateClass = "auth" | "read" | "write" | "upload" | "spend" | "probe";

/** Dialect of the error body: the platform's own, or that of the API whose clients call. */
export type Dialect = "platform" | "openai" | "anthropic";

export interface EndpointResponse {
  description: string;
  /** Absent for an empty body and for bodies that are not JSON (see `contentType`). */
  schema?: z.ZodType;
  /** Of the successful body; `application/json` when a schema is given and this is absent. */
  contentType?: string;
  /** Instead of JSON by `schema`, server-sent events are sent to whoever asks for them. */
  orEvents?: true;
}

/**
 * One operation of the API, written once. The server registers it, validates by it and serialises by it; the
 * OpenAPI document is generated from it, and the web client's types from that.
 */
export interface Endpoint {
  /** Operation id, unique, camelCase. */
  id: string;
  tag: string;
  summary: string;
  method: "GET" | "POST" | "PATCH" | "DELETE";
  /** OpenAPI notation: `/api/files/{id}`. */
  path: string;
  access: Access;
  /** Needed of an API key; required exactly when `access` is `caller` or `optional`. */
  scope?: Scope;
  rateClass: RateClass;
  dialect: Dialect;
  params?: z.ZodObject;
  query?: z.ZodObject;
  body?: z.ZodType;
  /**
   * The request is multipart/form-data and read as a stream by the handler; `or_json` when it may instead be JSON by
   * `body`.
   */
  multipart?: boolean | "or_json";
  /** Fields and files of a multipart request; without it they are a list of `files`. */
  form?: z.ZodType;
  responses: Record<number, EndpointResponse>;
}

/** Identity function that keeps the literal types of an endpoint, so that handlers and clients are typed by it. */
export const defineEndpoint = <const T extends Endpoint>(endpoint: T): T => endpoint;
