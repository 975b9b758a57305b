import { z } from "zod";
import type { Queryable } from "../database/database.ts";
import type { EncryptedColumn } from "./encrypted-column.ts";

const ciphertextRow = z.object({ row: z.string(), ciphertext: z.instanceof(Uint8Array) });
export type CiphertextRow = z.infer<typeof ciphertextRow>;

const identifier = (name: string): string => {
  if (!/^[a-z][a-z0-9_]*$/.test(name)) throw new Error(`"${name}" is not the name of a table or a column.`);
  return name;
};

interface Page {
  /** Rows after this one. */
  after: string;
  limit: number;
  /** Ciphertexts that begin with it are left out. */
  exceptHeader: Uint8Array;
}

const listPage = (
  queryable: Queryable,
  { table, key, column }: EncryptedColumn,
  { after, limit, exceptHeader }: Page,
): Promise<CiphertextRow[]> => {
  const [name, row, ciphertext] = [table, key, column].map(identifier);
  return queryable.rows(
    ciphertextRow,
    `select ${row} as row, ${ciphertext} as ciphertext from ${name}
     where ${ciphertext} is not null and ${row} > $1 and substring(${ciphertext} from 1 for $2) <> $3
     order by ${row} limit $4`,
    [after, exceptHeader.byteLength, exceptHeader, limit],
  );
};

/** Changes nothing when the row has been written to in between: what was written is under a key of its own time. */
const replace = (
  queryable: Queryable,
  { table, key, column }: EncryptedColumn,
  { row, before, after }: { row: string; before: Uint8Array; after: Uint8Array },
): Promise<number> => {
  const [name, keyName, ciphertext] = [table, key, column].map(identifier);
  return queryable.execute(`update ${name} set ${ciphertext} = $3 where ${keyName} = $1 and ${ciphertext} = $2`, [
    row,
    before,
    after,
  ]);
};

const any = (queryable: Queryable, { table, key, column }: EncryptedColumn): Promise<CiphertextRow | undefined> => {
  const [name, row, ciphertext] = [table, key, column].map(identifier);
  return queryable.row(
    ciphertextRow,
    `select ${row} as row, ${ciphertext} as ciphertext from ${name} where ${ciphertext} is not null limit 1`,
  );
};

export const rewrapStore = { listPage, replace, any };
