const names = new Intl.DisplayNames("en", { type: "language", fallback: "code" });

/** The English name of a language by its ISO 639 code; the code itself where it has none. */
export const languageName = (code: string): string => {
  try {
    return names.of(code) ?? code;
  } catch {
    // Not well-formed: shown as it is.
    return code;
  }
};
