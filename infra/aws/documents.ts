import type { Bundle } from '../../lib/model/catalogue.ts';

const logical = (name: string) =>
  `Document${name.replace(/(^|[^A-Za-z0-9])([a-z0-9])/gi, (_, _gap, letter: string) => letter.toUpperCase())}`;

/** Every runbook of the packs as an SSM document. A changed one becomes a new version, and the default. */
export function documents(bundle: Bundle, prefix: string): Record<string, unknown> {
  return Object.fromEntries(
    Object.values(bundle.runbooks).map(({ name, document }) => [
      logical(name),
      {
        Type: 'AWS::SSM::Document',
        Properties: {
          Name: `${prefix}${name}`,
          DocumentType: 'Command',
          DocumentFormat: 'JSON',
          TargetType: '/AWS::EC2::Instance',
          UpdateMethod: 'NewVersion',
          Content: document,
        },
      },
    ]),
  );
}
