/** An object of the API as it is stored and sent. */
// biome-ignore lint/suspicious/noExplicitAny: Kubernetes' objects are judged by its own description, and looked at here and there, in tests alone
export type Json = any;
