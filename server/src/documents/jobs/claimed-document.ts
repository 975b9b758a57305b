/** A document that this process works on. */
export interface ClaimedDocument {
  id: string;
  jobId: string;
  userId: string | null;
  leaseId: string;
  title: string;
  fileName: string;
  sourceUrl: string | null;
  /** This one included. */
  attempts: number;
  interruptions: number;
  /** Null before it was fetched. */
  stored: { objectKey: string; bytes: number; sha256: string } | null;
  /** What an earlier attempt read out of it. */
  read: { text: string; language: string | null } | null;
}
