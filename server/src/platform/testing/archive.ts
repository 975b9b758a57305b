import { text } from "node:stream/consumers";
import type { DomainModule } from "../module.ts";

/** What a domain puts into the archive of a person: text by file name. */
export async function archiveOf({ personalData }: DomainModule, userId: string): Promise<Map<string, string>> {
  const archive = new Map<string, string>();
  for await (const { name, open } of personalData?.files(userId) ?? []) archive.set(name, await text(await open()));
  return archive;
}
