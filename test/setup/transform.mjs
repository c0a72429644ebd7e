import { stripTypeScriptTypes } from 'node:module';

// The tests run what `npm start` runs: Node's own type stripper, exact lines, no source maps.
export default { process: (source) => ({ code: stripTypeScriptTypes(source) }) };
