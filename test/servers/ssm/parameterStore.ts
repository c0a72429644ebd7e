import { refusal } from './errors.ts';
import { flag, type Input, optionalText, page, text, texts } from './input.ts';

interface Kept {
  readonly value: string;
  readonly type: string;
  readonly version: number;
  readonly at: number;
}

const NAME = /^[a-zA-Z0-9_.\-/]{1,2048}$/;
const TYPES = ['String', 'StringList', 'SecureString'];

/** Parameter Store. A SecureString that is read without decryption is shown as something that is not it. */
export function parameterStore(now: () => number): Readonly<Record<string, (input: Input) => unknown>> {
  const kept = new Map<string, Kept>();
  const shown = (name: string, { value, type, version, at }: Kept, decrypted: boolean) => ({
    Name: name,
    Type: type,
    Value: type !== 'SecureString' || decrypted ? value : `AQICAH${Buffer.from(name).toString('base64')}`,
    Version: version,
    LastModifiedDate: at / 1000,
    ARN: `arn:aws:ssm:eu-central-1:000000000000:parameter${name.startsWith('/') ? '' : '/'}${name}`,
    DataType: 'text',
  });
  return {
    PutParameter(input) {
      const name = text(input, 'Name', { pattern: NAME });
      const value = text(input, 'Value');
      if (value === '') throw refusal('ValidationException', 'A parameter has at least one character.');
      const before = kept.get(name);
      if (before !== undefined && !flag(input, 'Overwrite')) {
        throw refusal('ParameterAlreadyExists', 'The parameter already exists. To overwrite it, set Overwrite.');
      }
      const type = optionalText(input, 'Type', { oneOf: TYPES }) ?? before?.type;
      if (type === undefined) throw refusal('ValidationException', 'A parameter type is required.');
      const version = (before?.version ?? 0) + 1;
      kept.set(name, { value, type, version, at: now() });
      return { Version: version, Tier: 'Standard' };
    },
    GetParameter(input) {
      const name = text(input, 'Name');
      const found = kept.get(name);
      if (found === undefined) throw refusal('ParameterNotFound', `Parameter ${name} not found.`);
      return { Parameter: shown(name, found, flag(input, 'WithDecryption')) };
    },
    GetParameters(input) {
      const names = texts(input, 'Names', 10) ?? [];
      const found = names.flatMap((name) => {
        const one = kept.get(name);
        return one === undefined ? [] : [shown(name, one, flag(input, 'WithDecryption'))];
      });
      return { Parameters: found, InvalidParameters: names.filter((name) => !kept.has(name)) };
    },
    GetParametersByPath(input) {
      const path = text(input, 'Path').replace(/\/?$/, '/');
      const deep = flag(input, 'Recursive');
      const below = [...kept]
        .filter(([name]) => name.startsWith(path) && (deep || !name.slice(path.length).includes('/')))
        .map(([name, one]) => shown(name, one, flag(input, 'WithDecryption')));
      const { items, ...next } = page(input, below, 10);
      return { Parameters: items, ...next };
    },
    DeleteParameter(input) {
      const name = text(input, 'Name');
      if (!kept.delete(name)) throw refusal('ParameterNotFound', `Parameter ${name} not found.`);
      return {};
    },
  };
}
