/** The check lives in language, because the runners do it again and adapters import no catalogue. */
export { accepts, checkParameters, DISPATCH_PARAMETERS, dispatchParameters } from '../language/parameters.ts';
