/** What a model of Anthropic's takes, by its name; other servers of the dialect are asked in the words that are oldest. */
export interface ModelFamily {
  /**
   * How it is told to think: `budget` by a number of tokens, `adaptive` by a word for its effort, `always` likewise, and it
   * cannot be told not to, `none` not at all.
   */
  thinking: "none" | "budget" | "adaptive" | "always";
  /** Whether it thinks unless it is told not to. */
  thinksByDefault: boolean;
  /** Efforts beyond `high`. */
  efforts: ReadonlySet<string>;
  /** Whether temperature and the like may be chosen. */
  samples: boolean;
  /** Whether an answer can be bound to a JSON schema, and tools to theirs. */
  hasSchemas: boolean;
}

const modern = /claude-(opus|sonnet|haiku|fable|mythos)-(\d{1,2})(?:[-.](\d{1,2}))?(?![\d])/;
const older = /claude-(\d)(?:[-.](\d))?/;

/** `claude-sonnet-4-5-20250929` as 4.05, `claude-3-7-sonnet` as 3.07; undefined for other names. */
const versionOf = (model: string): { line: string; version: number } | undefined => {
  const [, line, major, minor] = modern.exec(model) ?? [];
  if (line !== undefined) return { line, version: Number(major) + Number(minor ?? 0) / 100 };
  const [, oldMajor, oldMinor] = older.exec(model) ?? [];
  if (oldMajor !== undefined) return { line: "older", version: Number(oldMajor) + Number(oldMinor ?? 0) / 100 };
  return /claude-(mythos|fable)/.test(model) ? { line: "mythos", version: 5 } : undefined;
};

const thinkingOf = (line: string, version: number): ModelFamily["thinking"] => {
  if (line === "fable" || line === "mythos") return "always";
  if (version >= 4.06) return "adaptive";
  return version >= 3.07 ? "budget" : "none";
};

/** Sources: Anthropic's pages on adaptive thinking, effort, structured outputs, and migration between models. */
export const familyOf = (model: string): ModelFamily => {
  const found = versionOf(model.toLowerCase());
  if (found === undefined) {
    return { thinking: "budget", thinksByDefault: false, efforts: new Set(), samples: true, hasSchemas: true };
  }
  const { line, version } = found;
  const thinking = thinkingOf(line, version);
  return {
    thinking,
    thinksByDefault: thinking === "always" || version >= 5,
    efforts: new Set(version >= 4.07 || thinking === "always" ? ["xhigh", "max"] : ["max"]),
    samples: thinking !== "always" && version < 4.07,
    hasSchemas: version >= 4.05,
  };
};
