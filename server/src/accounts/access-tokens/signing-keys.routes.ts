import { listSigningKeys, rotateSigningKeys } from "@llm-tuner/contract/admin.ts";
import { type Route, route } from "../../platform/http/route.ts";
import type { AccessGate } from "./access-gate.ts";

export const createSigningKeyRoutes = (
  gate: Pick<AccessGate, "listSigningKeys" | "rotateSigningKeys">,
): readonly Route[] => [
  route(listSigningKeys, async () => ({ status: 200, body: { keys: await gate.listSigningKeys() } })),
  route(rotateSigningKeys, async () => ({ status: 200, body: { keys: await gate.rotateSigningKeys() } })),
];
