/** The version whose shapes this adapter writes and reads; the one after it differs only in that it refuses more. */
export const oldestVersion = "2023-06-01";

/** Headers of a request; the lease adds the key. */
export const requestHeaders = ({
  stream,
  requestId,
}: {
  stream: boolean;
  requestId: string;
}): Record<string, string> => ({
  "content-type": "application/json",
  accept: stream ? "text/event-stream" : "application/json",
  "accept-encoding": "identity",
  "anthropic-version": oldestVersion,
  "x-request-id": requestId,
});
