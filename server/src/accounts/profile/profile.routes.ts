import { updateMe } from "@llm-tuner/contract/accounts.ts";
import { type Route, route } from "../../platform/http/route.ts";
import { sessionOriginOf } from "../sessions/session-origin.ts";
import { signedInPerson } from "../sessions/signed-in-person.ts";
import type { ProfileUsecases } from "./profile.usecases.ts";

export const createProfileRoutes = (profile: ProfileUsecases): readonly Route[] => [
  route(updateMe, async (input) => ({
    status: 200,
    body: await profile.update(signedInPerson(input.caller), input.body, sessionOriginOf(input)),
  })),
];
