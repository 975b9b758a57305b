import { getUser, inviteUser, listUsers, signOutUser, updateUser } from "@llm-tuner/contract/admin.ts";
import { type Route, route } from "../../platform/http/route.ts";
import type { AdminUsecases } from "./admin.usecases.ts";

export const createAdminRoutes = (admin: AdminUsecases): readonly Route[] => [
  route(listUsers, async ({ query }) => ({ status: 200, body: await admin.list(query) })),
  route(getUser, async ({ params }) => ({ status: 200, body: await admin.get(params.id) })),
  route(inviteUser, async ({ body }) => ({ status: 201, body: await admin.invite(body) })),
  route(updateUser, async ({ caller, params, body }) => ({
    status: 200,
    body: await admin.update(caller.userId, params.id, body),
  })),
  route(signOutUser, async ({ params }) => ({ status: 200, body: { revoked: await admin.signOut(params.id) } })),
];
