interface Owner {
  /** How the code of an error begins. */
  code: string;
  /** As a sentence names it. */
  words: string;
}

const account: Owner = { code: "account", words: "this account" };
const owners: Record<string, Owner> = {
  key: { code: "key", words: "this API key" },
  client_token: { code: "client_token", words: "this client token" },
};

/** Whose limit it is, by its subject. */
export const ownerOf = (subject: string): Owner => owners[subject.split(":", 1)[0] ?? ""] ?? account;
