// Serverless reads JavaScript of this form only; the work is in package.ts.
module.exports = async ({ resolveVariable }) => {
  const { configFile, packageResources } = require('./package.ts');
  const resources = await packageResources({
    stage: await resolveVariable('sls:stage'),
    managedTag: await resolveVariable('self:custom.managed.tag'),
    managedValue: await resolveVariable('self:custom.managed.value'),
    vpc: process.env.NIGHTSHIFT_SUBNETS !== undefined,
    config: configFile(),
  });
  return escaped(resources);
};

/** The scripts' own `${…}` would be taken for Serverless' variables: a backslash says that they are none. */
function escaped(value) {
  if (typeof value === 'string') return value.replace(/(\\*)\$\{/g, (_, slashes) => `${slashes}${slashes}\\\${`);
  if (Array.isArray(value)) return value.map(escaped);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, escaped(one)]));
}
