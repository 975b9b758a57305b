import { createTestDatabase } from "../../platform/testing/test-database.ts";
import { createKeyParts } from "./key-parts.ts";

/** Accounts and keys on a database of their own. */
export async function createKeyWorld() {
  const { database, drop } = await createTestDatabase();
  const parts = await createKeyParts(database);
  return {
    ...parts,
    async close() {
      await parts.close();
      await drop();
    },
  };
}
