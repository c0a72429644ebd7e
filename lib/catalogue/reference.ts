/** `env:NAME`, `file:path` and, on AWS, `ssm:/path` name a secret that is kept elsewhere. */
export const isReference = (text: string) => /^(env|file|ssm):/.test(text);
