/** The artifact of a train run's job `fetch`, and the one file in it: all declared inputs. */
export const INPUTS_ARTIFACT = 'trainyard-inputs';
export const INPUTS_TAR = 'inputs.tar';
/** In bytes, of all declared inputs together. */
export const MAX_INPUTS = 4 * 2 ** 30;
