import { offlineTagger } from "@llm-tuner/contract/tagging.ts";
import { type AppError, appError } from "../platform/errors.ts";

const shownNames = 20;
const listed = (names: readonly string[]): string => {
  const more = names.length > shownNames ? ` and ${names.length - shownNames} more` : "";
  return names.slice(0, shownNames).join(", ") + more;
};

/** Whose word the name was. */
export type TaggerOrigin = "request" | "person" | "platform";

const origins: Record<TaggerOrigin, string> = {
  request: "",
  person: " It is the one of your tagging settings.",
  platform: " It is the platform's default.",
};

export const unknownTagger = (
  name: string,
  { names, origin }: { names: readonly string[]; origin: TaggerOrigin },
): AppError =>
  appError({
    code: "unknown_tagger",
    status: 400,
    message: `There is no tagger ${name.slice(0, 200)} that you may use.${origins[origin]}`,
    details: {
      places: [{ field: "tagger" }],
      remedy: `Use ${listed([offlineTagger, ...names])}.${origin === "person" ? " PATCH /api/tagging/settings changes yours." : ""}`,
    },
  });

export const taggerNeedsAccount = (name: string): AppError =>
  appError({
    code: "tagger_needs_account",
    status: 400,
    message: `Without an account documents are tagged by \`${offlineTagger}\`; ${name.slice(0, 200)} is a model that somebody has to pay for.`,
    details: { places: [{ field: "tagger" }], remedy: "Sign in or send an API key, or leave `tagger` out." },
  });

export const nothingHeldOut = (): AppError =>
  appError({
    code: "no_held_out_documents",
    status: 409,
    message: "There are no documents to measure a tagger with.",
    details: {
      remedy:
        "Accept tags on more documents: about one in ten of those with accepted tags is kept out of training to measure with.",
    },
  });

export const tooManyEvaluations = (limit: number): AppError =>
  appError({
    code: "too_many_evaluations",
    status: 409,
    message: `${limit} evaluations of yours have not ended yet.`,
    details: { remedy: "Wait until one of them has ended." },
  });

/** The provider of the tagger asks to wait for longer than one delivery of the job may; the next one goes on. */
export const taggerBusy = (message: string): Error => new Error(`the tagger is busy: ${message}`);
