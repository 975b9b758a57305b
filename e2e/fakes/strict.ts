import type { z } from "zod";

export interface Complaint {
  kind: "unknown" | "missing" | "type" | "value";
  path: PropertyKey[];
  message: string;
  /** What was wanted, in zod's words. */
  expected: string;
}

const complaintOf = (issue: z.core.$ZodIssue): Complaint => {
  const { path, message } = issue;
  if (issue.code === "unrecognized_keys") {
    return { kind: "unknown", path: [...path, issue.keys[0] ?? ""], message, expected: "" };
  }
  if (issue.code === "invalid_union") {
    // The branch that went furthest is the one that was meant.
    const branches = issue.errors.flatMap(([first]) => (first === undefined ? [] : [complaintOf(first)]));
    const deepest = branches.sort((one, other) => other.path.length - one.path.length)[0];
    if (deepest === undefined) return { kind: "value", path: [...path], message, expected: "" };
    return { ...deepest, path: [...path, ...deepest.path] };
  }
  if (issue.code === "invalid_type") {
    const kind = issue.input === undefined ? "missing" : "type";
    return { kind, path: [...path], message, expected: issue.expected };
  }
  return { kind: "value", path: [...path], message, expected: "" };
};

/** The first thing that is wrong with a value, or undefined. */
export const complaintAbout = (schema: z.ZodType, value: unknown): Complaint | undefined => {
  const result = schema.safeParse(value, { reportInput: true });
  const [issue] = result.error?.issues ?? [];
  return issue && complaintOf(issue);
};
