import { useQuery } from "@tanstack/react-query";
import { keyNamesQuery, personNamesQuery, type UsageOf } from "../../api/usage-queries.ts";
import type { Dimension } from "./usage-search.ts";

/** What a person calls a group of a report: names of keys and people instead of their ids, where they are known. */
export const useNames = (of: UsageOf): ((by: Dimension, name: string | null) => string) => {
  const { data: keys } = useQuery({ ...keyNamesQuery, enabled: of === "me" });
  const { data: people } = useQuery({ ...personNamesQuery, enabled: of === "everybody" });
  return (by, name) => {
    if (by === "outcome") return name === "failed" ? "Failed" : "Not failed";
    if (name === null) return by === "key" ? "Without a key" : "Unknown";
    if (by === "key") return keys?.get(name) ?? name;
    return by === "user" ? (people?.get(name) ?? name) : name;
  };
};
