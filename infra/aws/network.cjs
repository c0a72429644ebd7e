// The subnets and security groups in which Prometheus and Alertmanager can be reached; none leaves the function outside a VPC.
const list = (text) => (text ?? '').split(',').filter((one) => one !== '');
module.exports = () => {
  const subnetIds = list(process.env.NIGHTSHIFT_SUBNETS);
  return subnetIds.length === 0 ? null : { subnetIds, securityGroupIds: list(process.env.NIGHTSHIFT_SECURITY_GROUPS) };
};
