import { describe, expect, test } from '@jest/globals';
import { sparkSvg } from '../../lib/language/sparkSvg.ts';
import fc from '../setup/fastCheck.ts';

const at = (values: readonly number[]) => values.map((v, t) => ({ t, v }));

describe('sparkSvg', () => {
  test('draws the line, what is usual and the moment of departure', () => {
    const svg = sparkSvg({ samples: at([0, 0, 10]), median: 0, movedAt: 2000, title: 'memory' });
    expect(svg).toContain('d="M4 60L160 60L316 4"');
    expect(svg).toContain('class="usual" x1="0" y1="60"');
    expect(svg).toContain('class="moved" x1="316"');
  });

  test('a gap stays a gap', () => {
    const samples = [0, 1, 2, 8, 9].map((t) => ({ t, v: t }));
    expect(sparkSvg({ samples, median: null, movedAt: null, title: '' }).match(/M/g)).toHaveLength(2);
  });

  test('text from alerts stays text', () => {
    const svg = sparkSvg({ samples: [], median: null, movedAt: null, title: '</title><script>"&\u0000' });
    expect(svg).toContain('<title>&lt;/title&gt;&lt;script&gt;&quot;&amp;</title>');
  });

  test('whatever is drawn, no coordinate is NaN or outside', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double()),
        fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
        (values, median) => {
          const svg = sparkSvg({ samples: at(values), median, movedAt: null, title: '' });
          expect(svg).not.toMatch(/NaN|Infinity|undefined/);
          const numbers = [...svg.matchAll(/[ML](-?[\d.]+) (-?[\d.]+)/g)].flatMap(([, x, y]) => [
            Number(x),
            Number(y) * 5,
          ]);
          expect(numbers.every((n) => n >= 0 && n <= 320)).toBe(true);
        },
      ),
    );
  });
});
