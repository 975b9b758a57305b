/** The fields of limits, for a tier and for models of it. */
export const limitFields = [
  {
    name: "requests_per_minute",
    label: "Requests a minute",
    meaning: "Calls a minute that make a model answer.",
    step: 1,
  },
  { name: "tokens_per_minute", label: "Tokens a minute", meaning: "Tokens a minute, in and out.", step: 1 },
  {
    name: "concurrent_requests",
    label: "Answers at once",
    meaning: "Answers of models in progress at once, streams included.",
    step: 1,
  },
  {
    name: "daily_spend_usd",
    label: "USD a day",
    meaning: "What may be spent in a calendar day (UTC).",
    step: "any",
  },
  {
    name: "monthly_spend_usd",
    label: "USD a month",
    meaning: "What may be spent in a calendar month (UTC).",
    step: "any",
  },
] as const;
