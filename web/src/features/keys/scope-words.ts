import type { Scope } from "@llm-tuner/contract/endpoint.ts";

/** What each scope lets a program do, in words. */
export const scopeWords: Record<Scope, { word: string; meaning: string }> = {
  chat: { word: "Ask models", meaning: "Chat and completion requests. They are counted and may cost money." },
  "models:read": { word: "See models", meaning: "List models and read what is known of them." },
  "models:write": { word: "Manage models", meaning: "Deploy, take down and delete tuned models." },
  "files:read": { word: "Read files", meaning: "List and download files and data sets." },
  "files:write": { word: "Change files", meaning: "Upload and delete files and data sets." },
  "training:read": { word: "See runs", meaning: "List tuning runs and follow their progress." },
  "training:write": { word: "Start runs", meaning: "Start and stop tuning runs." },
  "usage:read": { word: "Read usage", meaning: "Read what was used and what it cost." },
  "documents:read": { word: "Read documents", meaning: "List, search and download documents, their text and tags." },
  "documents:write": {
    word: "Process documents",
    meaning: "Upload, tag, edit and delete documents. Tagging by a model is counted and may cost money.",
  },
  satellite: {
    word: "Satellite",
    meaning: "Speak for a gateway that runs elsewhere; works only with an administrator's key.",
  },
};
