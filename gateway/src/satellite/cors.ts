import type { WebHandler } from "../hosts/web.ts";

const exposed =
  "x-request-id, x-gateway-provider, x-gateway-overhead-ms, x-gateway-cost-nano-usd, x-gateway-warnings, ratelimit, ratelimit-policy, retry-after, x-should-retry";

/**
 * Lets scripts of the allowed pages call. Credentials travel in a header that a page must set itself, so nothing is sent
 * for a page that does not hold a token.
 */
export const withCors =
  (handler: WebHandler, allowedOrigins: readonly string[]): WebHandler =>
  async (request, context) => {
    const origin = request.headers.get("origin");
    const isAllowed = origin !== null && (allowedOrigins.includes("*") || allowedOrigins.includes(origin));
    if (request.method === "OPTIONS") {
      const asked = request.headers.get("access-control-request-headers");
      return new Response(null, {
        status: 204,
        headers: {
          vary: "origin",
          ...(isAllowed
            ? {
                "access-control-allow-origin": origin,
                "access-control-allow-methods": "GET, POST, DELETE",
                "access-control-max-age": "600",
                ...(asked === null ? {} : { "access-control-allow-headers": asked }),
              }
            : {}),
        },
      });
    }
    const answer = await handler(request, context);
    if (isAllowed) {
      answer.headers.set("access-control-allow-origin", origin);
      answer.headers.set("access-control-expose-headers", exposed);
    }
    answer.headers.append("vary", "origin");
    return answer;
  };
