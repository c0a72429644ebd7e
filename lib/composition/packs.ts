import { resolve } from 'node:path';

/** The folder of the packs as shipped. */
export const PACKS = resolve(import.meta.dirname, '../../infra/packs');
