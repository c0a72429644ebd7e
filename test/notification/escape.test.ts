import { describe, expect, test } from '@jest/globals';
import { headerText, htmlText, lines, oneLine, safeUrl, slackText } from '../../lib/notification/escape.ts';
import fc from '../setup/fastCheck.ts';

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.string({ maxLength: 400 }),
  fc
    .array(
      fc.constantFrom(
        '<!here>',
        '@channel',
        '<@U1|x>',
        '\r\nBcc: a@b',
        '\u202e',
        '&lt;',
        '"',
        '`',
        '\ud800',
        '💥',
        '\u0000',
      ),
    )
    .map((parts) => parts.join('')),
);

describe('hostile text', () => {
  test('never exceeds its cap, keeps no control, stays well-formed', () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 1, max: 120 }), (text, cap) => {
        for (const escaped of [oneLine(text, cap), slackText(text, cap), htmlText(text, cap), headerText(text, cap)]) {
          expect(escaped.length).toBeLessThanOrEqual(cap);
          expect(escaped.isWellFormed()).toBe(true);
          expect(escaped).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('cannot mention, link or break out in Slack', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const escaped = slackText(text, 300);
        expect(escaped).not.toMatch(/[<>`*~]/);
        expect(escaped).not.toMatch(/@(channel|here|everyone)/i);
        expect(escaped.replace(/&(amp|lt|gt);/g, '')).not.toContain('&');
      }),
      { numRuns: 1000 },
    );
    expect(slackText('<!here> & @Channel <https://evil|click>', 200)).toBe(
      '&lt;!here&gt; &amp; @\u2060Channel &lt;https://evil|click&gt;',
    );
  });

  test('cannot become markup in HTML, nor a second header in a mail', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(htmlText(text, 500)).not.toMatch(/[<>"'`]/);
        expect(headerText(text)).not.toMatch(/[\r\n]/);
      }),
    );
    expect(headerText('down\r\nBcc: victim@example.org')).toBe('down Bcc: victim@example.org');
  });

  test('is cut between escapes, never inside one', () => {
    expect(slackText('ab&&&&', 10)).toBe('ab&amp;…');
    expect(htmlText('<<<<', 9)).toBe('&lt;&lt;…');
    expect(oneLine('a💥💥', 3)).toBe('a…');
    expect(oneLine('exact', 5)).toBe('exact');
  });

  test('lines beyond the maximum are counted', () => {
    expect(lines(['a', 'b\nc', 'd'], 2, 10)).toEqual(['a', 'b c', '… and 1 more lines']);
    expect(lines(['a', 'b'], 2, 10)).toEqual(['a', 'b']);
  });

  test.each(['javascript:alert(1)', 'http://a b', 'http://a|b', 'data:text/html,x', 'http://a>b', ''])(
    '%s is no link',
    (url) => expect(safeUrl(url)).toBeNull(),
  );
  test('http and https are', () => expect(safeUrl('https://n.example/i?a=1&b=2')).toBe('https://n.example/i?a=1&b=2'));
});
