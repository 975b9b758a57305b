/** Headers of a request in OpenAI's dialect. Compression would cost more than it saves, and stand in the way of streams. */
export const chatHeaders = ({ stream, requestId }: { stream: boolean; requestId: string }): Record<string, string> => ({
  "content-type": "application/json",
  accept: stream ? "text/event-stream" : "application/json",
  "accept-encoding": "identity",
  "x-request-id": requestId,
});
