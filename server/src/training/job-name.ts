import { idPrefixes } from "@llm-tuner/contract/ids.ts";

const userLetters = 6;
const baseModelLetters = 60;

/** Lower case, and a hyphen for everything that a job name may not hold. */
const slug = (text: string): string => text.toLowerCase().replaceAll(/[^a-z0-9.]+/g, "-");

/** `20261121-100000`, in UTC. */
const stamp = (time: Date): string => time.toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-");

/** `llm-tune-{short user}-{base model}-{YYYYMMDD-HHMMSS}-local`: not yet unique. */
export const jobNameStem = ({ userId, baseModel, now }: { userId: string; baseModel: string; now: Date }): string => {
  const user = slug(userId.replace(idPrefixes.user, "").slice(0, userLetters));
  const model = slug(baseModel).slice(0, baseModelLetters);
  return `llm-tune-${user}-${model}-${stamp(now)}-local`;
};

/** The stem itself, or with the first number that makes it another name than those taken. */
export const freeJobName = (stem: string, taken: readonly string[]): string => {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? stem : `${stem}-${number}`;
    if (!taken.includes(name)) return name;
  }
};
