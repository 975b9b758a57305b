import { appError } from "../platform/errors.ts";

export const unknownBaseModel = ({
  name,
  known,
  allowHubModels,
}: {
  name: string;
  known: readonly string[];
  allowHubModels: boolean;
}) =>
  appError({
    code: "unknown_base_model",
    status: 422,
    message: `There is no base model ${name.slice(0, 200)}. There are: ${known.join(", ")}.`,
    details: {
      places: [{ field: "base_model" }],
      remedy: allowHubModels
        ? "Name one of these, or a model of the Hugging Face hub as owner/name."
        : "Name one of these, or ask for another one to be installed.",
    },
  });
