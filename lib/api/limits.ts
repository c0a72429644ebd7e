/** Bytes of a body: no action of a person needs more. */
export const MAX_BODY = 256 * 1024;
/** States of a request: so many fit, of 4,140 characters each beside names of up to a thousand. */
export const MAX_STATES = 50;
