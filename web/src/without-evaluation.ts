import { config } from "zod";

// Schemas would be compiled with `Function` where that is allowed. The content security policy allows it nowhere, and
// trying it is a violation already. Imported before any schema is made.
config({ jitless: true });
