/** What the installation keeps a random secret for. A purpose names stored data and is never renamed. */
export const secretPurposes = [
  // Under it the MACs of API keys are stored.
  "keys/mac",
  // Signs the tokens that people's browsers get from the platforms of our users.
  "keys/client-token",
  // Makes and checks the links of mails.
  "accounts/mailed-links",
  // Makes and checks the link with which the first administrator is set up.
  "accounts/setup-token",
  // Seals what a gateway elsewhere brings back when it settles a request.
  "satellites/reservation",
  // Signs the short-lived links to stored documents.
  "documents/download-link",
  // Makes and checks the addresses that download a document for a short time.
  "documents/download-link",
] as const;

export type SecretPurpose = (typeof secretPurposes)[number];
