/** What became of a delivery: `malformed` is signed but not shaped as documented, or no delivery at all. */
export const DELIVERY_RESULTS = ['accepted', 'duplicate', 'ignored', 'bad_signature', 'malformed', 'failed'] as const;
export type DeliveryResult = (typeof DELIVERY_RESULTS)[number];
