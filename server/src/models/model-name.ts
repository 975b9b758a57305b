import { createHash } from "node:crypto";
import { idPrefixes } from "@llm-tuner/contract/ids.ts";

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const idLength = 22;

/**
 * The id of the model that a job makes. It follows from the job's name, so that a second delivery of the same news, or
 * one after a crash, names the same folder and the same row.
 */
export const modelIdOfJob = (jobName: string): string => {
  let number = BigInt(`0x${createHash("sha256").update(`model of ${jobName}`).digest("hex")}`);
  let text = "";
  while (text.length < idLength) {
    text += alphabet.charAt(Number(number % 62n));
    number /= 62n;
  }
  return idPrefixes.model + text;
};

const namePrefix = "ft";

/** Whether a model that was tuned here can have this name. */
export const isTunedModelName = (name: string): boolean => name.startsWith(`${namePrefix}:`);

/** What the gateway's `model` field says: `ft:<base>:<user>:<suffix>:<model>`, in the manner of OpenAI's tuned models. */
export const modelName = ({
  modelId,
  userId,
  baseModel,
  suffix,
}: {
  modelId: string;
  userId: string;
  baseModel: string;
  suffix: string | null;
}): string => {
  const shortUser = userId.slice(idPrefixes.user.length, idPrefixes.user.length + 4);
  const shortModel = modelId.slice(idPrefixes.model.length, idPrefixes.model.length + 8);
  return [namePrefix, baseModel, shortUser, suffix ?? "", shortModel].join(":");
};
