import { rotateSigningKeys } from "@llm-tuner/contract/admin.ts";
import { type Route, route } from "../../platform/http/route.ts";
import type { AccessGate } from "./access-gate.ts";

export const createSigningKeyRoutes = (gate: Pick<AccessGate, "rotateSigningKeys">): readonly Route[] => [
  route(rotateSigningKeys, async () => ({ status: 200, body: { keys: await gate.rotateSigningKeys() } })),
];
