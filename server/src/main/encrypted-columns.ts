import { accountsEncryptedColumns } from "../accounts/encrypted-columns.ts";
import type { EncryptedColumn } from "../platform/crypto/encrypted-column.ts";
import { installationSecretsColumn } from "../platform/crypto/installation-secrets.ts";
import { providersEncryptedColumns } from "../providers/encrypted-columns.ts";

/** Everything in the database that lies under the master key. */
export const encryptedColumns: readonly EncryptedColumn[] = [
  installationSecretsColumn,
  ...accountsEncryptedColumns,
  ...providersEncryptedColumns,
];
