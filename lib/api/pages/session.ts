import type { Actor } from '../../model/basic.ts';
import { invalid, refused } from '../../model/errors.ts';
import { readBytes } from '../body.ts';
import { admit } from '../guard.ts';
import type { ApiSettings } from '../settings.ts';
import type { Caller, Role } from '../tokens.ts';

/** Bytes. A token, a hash and a reason. */
const MAX_FORM = 16 * 1024;
/** Seconds; then a browser forgets the token. */
const SIGNED_IN_FOR = 12 * 3600;
const TOKEN = /^[A-Za-z0-9._~+/=-]{1,512}$/;

/** Cookies are shared by all ports of a machine: two Nightshifts on it must not sign each other out. */
function cookieName(url: string): string {
  const { protocol, port } = new URL(url);
  return protocol === 'https:' ? '__Host-nightshift' : `nightshift_${port || '80'}`;
}

/** HttpOnly and SameSite=Strict: no script reads it, no other site makes a browser send it. Only pages look at it. */
export function cookieOf(token: string | null, url: string): string {
  const secure = url.startsWith('https:') ? '; Secure' : '';
  const age = token === null ? 0 : SIGNED_IN_FOR;
  return `${cookieName(url)}=${token ?? ''}; Path=/; Max-Age=${age}; HttpOnly; SameSite=Strict${secure}`;
}

function tokenOf(headers: Headers, url: string): string | null {
  const wanted = `${cookieName(url)}=`;
  const pairs = (headers.get('cookie') ?? '').split(';').map((pair) => pair.trim());
  const token = pairs.find((pair) => pair.startsWith(wanted))?.slice(wanted.length) ?? '';
  return TOKEN.test(token) ? token : null;
}

/** A token that was revoked since is no reason to keep a reader on this machine from what is open to all on it. */
async function withCookie(headers: Headers, { tokens, url }: ApiSettings): Promise<Headers> {
  const token = headers.has('authorization') ? null : tokenOf(headers, url);
  if (token === null || (await tokens.find(token)) === null) return headers;
  const changed = new Headers(headers);
  changed.set('authorization', `Bearer ${token}`);
  return changed;
}

/** Throws what `admit` throws: reading is open on a loopback listener, elsewhere it takes a token. */
export const admitReader = async (headers: Headers, settings: ApiSettings): Promise<Caller | null> =>
  admit(await withCookie(headers, settings), 'viewer', false, settings);

export type Form = ReadonlyMap<string, string>;

/**
 * A form of one of our own pages. The entrance has refused a foreign Origin already; a browser says at least one of the two
 * for each form it sends, so that silence is refused here. Throws `api.origin`, `api.media-type`, `api.too-large`, `api.body`.
 */
export async function readForm(request: Request): Promise<Form> {
  const { headers } = request;
  if (!headers.has('origin') && headers.get('sec-fetch-site') !== 'same-origin') {
    const detail = { field: 'origin', expected: 'the Origin of a form on this page; programs use /api' };
    throw refused('api.origin', 'It is not known where this form comes from.', detail);
  }
  const type = (headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/x-www-form-urlencoded')
    throw invalid('api.media-type', 'This is no form.', { field: 'content-type', expected: 'a form' });
  const fields = new URLSearchParams(new TextDecoder().decode(await readBytes(request, MAX_FORM)));
  const form = new Map<string, string>();
  for (const [name, value] of fields) {
    if (form.has(name)) throw invalid('api.body', `${name} is given twice.`, { field: name, expected: 'one value' });
    form.set(name, value);
  }
  return form;
}

/** Who sends a form that changes something: always somebody with a token. Throws what `admit` throws. */
export async function admitActor(headers: Headers, role: Role, settings: ApiSettings): Promise<Actor> {
  const caller = await admit(await withCookie(headers, settings), role, true, settings);
  if (caller === null) throw refused('api.unauthenticated', 'A token is needed.', { field: 'authorization' });
  return { name: caller.name, via: 'api' };
}

/** The token of the sign-in form, checked; null where it opens nothing. */
export async function knownToken(form: Form, { tokens }: ApiSettings): Promise<string | null> {
  const token = (form.get('token') ?? '').trim();
  return TOKEN.test(token) && (await tokens.find(token)) !== null ? token : null;
}

/** Only to a page of ours: an address from outside must not be led through the sign-in to another site. */
export const nextOf = (path: string | null | undefined): string =>
  /^\/(watches|incidents(\/[A-Za-z0-9_-]{1,100})?)?$/.test(path ?? '') ? (path ?? '/') : '/';
