import { createHash } from 'node:crypto';
import { parse } from 'yaml';
import { refusal } from './errors.ts';
import { type Input, optionalText, text } from './input.ts';

const NAME = /^[a-zA-Z0-9_\-.:/]{3,128}$/;
const OWN_NAME = /^[a-zA-Z0-9_\-.]{3,128}$/;
const FORMATS = ['JSON', 'YAML', 'TEXT'];
const LARGEST = 65_536;

export interface DocumentVersion {
  readonly name: string;
  readonly version: string;
  readonly content: string;
  readonly format: string;
  /** SHA-256 of the content, hex. */
  readonly hash: string;
  readonly createdAt: number;
  /** The content, parsed. */
  readonly document: Readonly<Record<string, unknown>>;
}
interface Document {
  readonly versions: DocumentVersion[];
  standard: string;
}

export interface Documents {
  readonly operations: Readonly<Record<string, (input: Input) => unknown>>;
  /** Throws `InvalidDocument` and `InvalidDocumentVersion` as the service does. */
  version(name: string, version?: string): DocumentVersion;
}

export function ssmDocuments(now: () => number): Documents {
  const all = new Map<string, Document>();
  const known = (name: string): Document => {
    const found = all.get(name.replace(/^arn:aws:ssm:.*:document\//, ''));
    if (found !== undefined) return found;
    throw refusal('InvalidDocument', `Document with name ${name} does not exist.`);
  };
  const version = (name: string, wanted = '$DEFAULT') => {
    const { versions, standard } = known(name);
    const latest = String(versions.length);
    const number = wanted === '$DEFAULT' ? standard : wanted === '$LATEST' ? latest : wanted;
    const found = versions.find((one) => one.version === number);
    if (found !== undefined) return found;
    throw refusal('InvalidDocumentVersion', `Document version ${wanted} of ${name} does not exist.`);
  };
  const described = ({ name, version: number, hash, createdAt, format }: DocumentVersion) => ({
    Name: name,
    DocumentVersion: number,
    Hash: hash,
    HashType: 'Sha256',
    Status: 'Active',
    DocumentType: 'Command',
    DocumentFormat: format,
    SchemaVersion: '2.2',
    PlatformTypes: ['Linux', 'MacOS'],
    CreatedDate: createdAt / 1000,
    LatestVersion: String(known(name).versions.length),
    DefaultVersion: known(name).standard,
  });

  const operations = {
    CreateDocument(input: Input) {
      const name = text(input, 'Name', { pattern: OWN_NAME });
      if (/^(?:aws|amazon|amzn)/i.test(name)) {
        throw refusal('ValidationException', `Document name ${name} begins with a reserved prefix.`);
      }
      optionalText(input, 'DocumentType', { oneOf: ['Command'] });
      if (all.has(name)) throw refusal('DocumentAlreadyExists', `Document with name ${name} already exists.`);
      const made = read(name, '1', input, now());
      all.set(name, { versions: [made], standard: '1' });
      return { DocumentDescription: described(made) };
    },
    UpdateDocument(input: Input) {
      const name = text(input, 'Name', { pattern: NAME });
      const { versions } = known(name);
      const from = optionalText(input, 'DocumentVersion') ?? String(versions.length);
      if (from !== '$LATEST' && from !== String(versions.length)) {
        throw refusal('InvalidDocumentVersion', 'The document version is not the latest one.');
      }
      const made = read(name, String(versions.length + 1), input, now());
      if (versions.some(({ hash }) => hash === made.hash)) {
        throw refusal('DuplicateDocumentContent', 'The content of the association document matches another document.');
      }
      versions.push(made);
      return { DocumentDescription: described(made) };
    },
    UpdateDocumentDefaultVersion(input: Input) {
      const name = text(input, 'Name', { pattern: NAME });
      const wanted = text(input, 'DocumentVersion', { pattern: /^[1-9][0-9]*$/ });
      version(name, wanted);
      known(name).standard = wanted;
      return { Description: { Name: name, DefaultVersion: wanted } };
    },
    GetDocument(input: Input) {
      const name = text(input, 'Name', { pattern: NAME });
      const one = version(name, versionIn(input));
      const format = optionalText(input, 'DocumentFormat', { oneOf: FORMATS }) ?? one.format;
      if (format === 'YAML' && one.format !== 'YAML')
        throw refusal('UnsupportedOperation', 'This host writes no YAML.');
      const Content = format === one.format ? one.content : JSON.stringify(one.document);
      return {
        Name: name,
        DocumentVersion: one.version,
        Status: 'Active',
        Content,
        DocumentType: 'Command',
        DocumentFormat: format,
        CreatedDate: one.createdAt / 1000,
      };
    },
    DescribeDocument: (input: Input) => ({
      Document: described(version(text(input, 'Name', { pattern: NAME }), versionIn(input))),
    }),
    ListDocumentVersions(input: Input) {
      const name = text(input, 'Name', { pattern: NAME });
      const { versions, standard } = known(name);
      return {
        DocumentVersions: versions.toReversed().map((one) => ({
          Name: name,
          DocumentVersion: one.version,
          IsDefaultVersion: one.version === standard,
          DocumentFormat: one.format,
          Status: 'Active',
          CreatedDate: one.createdAt / 1000,
        })),
      };
    },
    DeleteDocument(input: Input) {
      const name = text(input, 'Name', { pattern: NAME });
      known(name);
      all.delete(name);
      return {};
    },
  };
  return { operations, version };
}

const versionIn = (input: Input) =>
  optionalText(input, 'DocumentVersion', { pattern: /^(?:\$LATEST|\$DEFAULT|[1-9][0-9]*)$/ });

/** What the service looks at before it keeps a document; that it is the one form that runs here is found at delivery. */
function read(name: string, version: string, input: Input, createdAt: number): DocumentVersion {
  const content = text(input, 'Content');
  const format = optionalText(input, 'DocumentFormat', { oneOf: FORMATS }) ?? 'JSON';
  if (Buffer.byteLength(content) > LARGEST) throw refusal('MaxDocumentSizeExceeded', 'The limit is 64 KB.');
  const document = parsed(content, format);
  const { schemaVersion, mainSteps } = document;
  if (schemaVersion !== '2.2') throw refusal('InvalidDocumentSchemaVersion', `${String(schemaVersion)} is no version.`);
  if (!Array.isArray(mainSteps) || mainSteps.length === 0) throw refusal('InvalidDocumentContent', 'No mainSteps.');
  const hash = createHash('sha256').update(content, 'utf8').digest('hex');
  return { name, version, content, format, hash, createdAt, document };
}

function parsed(content: string, format: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = format === 'YAML' ? parse(content) : JSON.parse(content);
    if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>;
  } catch {
    // Told below.
  }
  throw refusal('InvalidDocumentContent', `The content is not a ${format} document.`);
}
