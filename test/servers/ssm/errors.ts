/** An error as the service answers it: `__type` and a message, 4xx for the caller's fault and 5xx for its own. */
export class SsmError extends Error {
  readonly type: string;
  readonly status: number;

  constructor(type: string, message: string, status = 400) {
    super(message);
    this.name = 'SsmError';
    this.type = type;
    this.status = status;
  }
}

export const refusal = (type: string, message: string) => new SsmError(type, message);

/** What the service's front door says of a value out of its bounds. */
export const outOfBounds = (field: string, value: unknown, constraint: string) =>
  refusal(
    'ValidationException',
    `1 validation error detected: Value '${typeof value === 'string' ? value : JSON.stringify(value)}' at '${field}' failed to satisfy constraint: ${constraint}`,
  );
