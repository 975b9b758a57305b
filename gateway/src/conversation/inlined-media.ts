import type { GenerationRequest, MediaSource, Part } from "./request.ts";

export type Base64Source = Extract<MediaSource, { kind: "base64" }>;

/** What was fetched for a request, by address. */
export type InlinedMedia = ReadonlyMap<string, Base64Source>;

const inlined = (part: Part, media: InlinedMedia): Part => {
  if ("source" in part && part.source.kind === "url") {
    const source = media.get(part.source.url);
    return source === undefined ? part : { ...part, source };
  }
  if (part.type !== "tool-result") return part;
  return {
    ...part,
    content: part.content.map((inner) => {
      if (!("source" in inner) || inner.source.kind !== "url") return inner;
      const source = media.get(inner.source.url);
      return source === undefined ? inner : { ...inner, source };
    }),
  };
};

/** The request with the bytes in place of the addresses. */
export const withInlinedMedia = (request: GenerationRequest, media: InlinedMedia): GenerationRequest => {
  if (media.size === 0) return request;
  const turns = request.turns.map((turn) => ({ ...turn, parts: turn.parts.map((part) => inlined(part, media)) }));
  return { ...request, turns };
};
