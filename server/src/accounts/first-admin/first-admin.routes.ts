import { claimFirstAdmin } from "@llm-tuner/contract/external-sign-in.ts";
import { networkOf } from "../../platform/http/network.ts";
import { type Route, route } from "../../platform/http/route.ts";
import type { FirstAdmin } from "./first-admin.usecases.ts";

export const createFirstAdminRoutes = (firstAdmin: FirstAdmin): readonly Route[] => [
  route(claimFirstAdmin, async ({ caller, body, address }) => {
    const { userId } = caller;
    await firstAdmin.claim({ userId, setupToken: body.setup_token, network: networkOf(address) });
    return { status: 200, body: { message: "You are an administrator." } };
  }),
];
