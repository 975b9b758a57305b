import { z } from "zod";
import { GivenPassword, Message } from "./accounts.ts";
import { defineEndpoint } from "./endpoint.ts";
import { SessionId } from "./ids.ts";
import { Timestamp } from "./paging.ts";

/** A signed-in device. Nothing in it lets anybody act as the session. */
export const Session = z
  .strictObject({
    id: SessionId,
    device: z.string().meta({ description: "Browser and system in words, such as Firefox on Linux." }),
    user_agent: z.string().nullable(),
    address: z.string(),
    created_at: Timestamp,
    last_used_at: Timestamp,
    expires_at: Timestamp,
    current: z.boolean().meta({ description: "Whether it is the session of this very call." }),
  })
  .meta({ id: "Session" });
export type Session = z.infer<typeof Session>;

const common = { tag: "Accounts", dialect: "platform", access: "session", rateClass: "auth" } as const;

export const listSessions = defineEndpoint({
  ...common,
  id: "listSessions",
  summary: "Your open sessions, last used first",
  method: "GET",
  path: "/api/auth/sessions",
  rateClass: "read",
  responses: {
    200: {
      description: "All open sessions; their number is limited",
      schema: z.strictObject({ sessions: z.array(Session) }).meta({ id: "SessionList" }),
    },
  },
});

export const revokeSession = defineEndpoint({
  ...common,
  id: "revokeSession",
  summary: "End one session at once; one that is not this call's needs a recent sign-in",
  method: "DELETE",
  path: "/api/auth/sessions/{id}",
  params: z.strictObject({ id: SessionId }),
  responses: { 200: { description: "It is ended", schema: Message } },
});

export const revokeOtherSessions = defineEndpoint({
  ...common,
  id: "revokeOtherSessions",
  summary: "End every session but this one; needs a recent sign-in",
  method: "DELETE",
  path: "/api/auth/sessions",
  responses: {
    200: {
      description: "How many were ended",
      schema: z.strictObject({ revoked: z.int() }).meta({ id: "RevokedSessions" }),
    },
  },
});

export const reauthenticate = defineEndpoint({
  ...common,
  id: "reauthenticate",
  summary: "Prove your password again, for what needs a recent sign-in",
  method: "POST",
  path: "/api/auth/reauthenticate",
  body: z.strictObject({ password: GivenPassword }),
  responses: {
    200: {
      description: "Until when this session counts as recently signed in",
      schema: z.strictObject({ recent_until: Timestamp }).meta({ id: "Reauthenticated" }),
    },
  },
});
