/** A panel of a chart: one line of points over another quantity, both on logarithmic scales. */
export interface Panel {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** Both above 0. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

const WIDTH = 330;
const HEIGHT = 240;
const MARGIN = { left: 56, right: 18, top: 34, bottom: 44 };
/** Legible on light and dark pages alike. */
const INK = '#7d8590';
const LINE = '#2f81f7';

/** Draws panels side by side, as SVG. */
export function chartOf(panels: readonly Panel[]): string {
  const width = WIDTH * panels.length;
  const drawn = panels.map((panel, at) => `<g transform="translate(${at * WIDTH} 0)">${draw(panel)}</g>`);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${HEIGHT}" width="${width}" height="${HEIGHT}"`,
    ` font-family="sans-serif" font-size="11" fill="${INK}" text-anchor="middle">`,
    ...drawn,
    '</svg>\n',
  ].join('\n');
}

function draw({ title, xLabel, yLabel, points }: Panel): string {
  const xs = decades(points.map(([x]) => x));
  const ys = decades(points.map(([, y]) => y));
  const right = WIDTH - MARGIN.right;
  const bottom = HEIGHT - MARGIN.bottom;
  const x = scale(xs, [MARGIN.left, right]);
  const y = scale(ys, [bottom, MARGIN.top]);
  const path = points.map((point) => `${round(x(point[0]))},${round(y(point[1]))}`);
  return [
    `<text x="${WIDTH / 2}" y="18" font-weight="bold">${title}</text>`,
    ...ys.map((tick) => {
      const at = round(y(tick));
      return `<path d="M${MARGIN.left} ${at}H${right}" stroke="${INK}" stroke-opacity="0.25"/><text x="${MARGIN.left - 6}" y="${at + 4}" text-anchor="end">${short(tick)}</text>`;
    }),
    ...xs.map((tick) => `<text x="${round(x(tick))}" y="${bottom + 16}">${short(tick)}</text>`),
    `<text x="${(MARGIN.left + right) / 2}" y="${HEIGHT - 8}">${xLabel}</text>`,
    `<text transform="translate(12 ${(MARGIN.top + bottom) / 2}) rotate(-90)">${yLabel}</text>`,
    `<polyline points="${path.join(' ')}" fill="none" stroke="${LINE}" stroke-width="2"/>`,
    ...points.map(
      (point) => `<circle cx="${round(x(point[0]))}" cy="${round(y(point[1]))}" r="3" fill="${LINE}"/>`,
    ),
  ].join('\n');
}

/** Powers of ten around all values; at least one decade. */
function decades(values: readonly number[]): readonly number[] {
  const first = Math.floor(Math.log10(Math.min(...values)));
  const last = Math.max(first + 1, Math.ceil(Math.log10(Math.max(...values))));
  return Array.from({ length: last - first + 1 }, (_, at) => 10 ** (first + at));
}

function scale(ticks: readonly number[], [from, to]: readonly [number, number]): (value: number) => number {
  const [low, high] = [Math.log10(ticks[0] ?? 1), Math.log10(ticks.at(-1) ?? 10)];
  return (value) => from + ((Math.log10(value) - low) / (high - low)) * (to - from);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function short(value: number): string {
  return value.toLocaleString('en-US', { notation: 'compact', maximumSignificantDigits: 1 });
}
