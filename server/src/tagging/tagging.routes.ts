import * as contract from "@llm-tuner/contract/tagging.ts";
import { route, type Route } from "../platform/http/route.ts";
import type { TaggingUsecases } from "./tagging.usecases.ts";

export const createTaggingRoutes = (tagging: TaggingUsecases): Route[] => [
  route(contract.getTaggingSettings, async ({ caller }) => ({
    status: 200,
    body: await tagging.settings(caller.userId),
  })),

  route(contract.updateTaggingSettings, async ({ caller, body }) => ({
    status: 200,
    body: await tagging.choose(caller, body.tagger),
  })),

  route(contract.getTaggingQuality, async ({ caller }) => ({
    status: 200,
    body: await tagging.quality(caller.userId),
  })),

  route(contract.evaluateTagger, async ({ caller, body }) => ({
    status: 202,
    body: await tagging.evaluate(caller, body),
  })),
];
