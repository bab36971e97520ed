import { BarChart } from 'echarts/charts';
import { GridComponent, TitleComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { Bar, Figures } from './figures.js';

use([BarChart, GridComponent, TitleComponent, SVGRenderer]);

const WIDTH = 840;
const ROW = 20;
const ABOVE = 48;
const LABELS = 170;
const AXIS = 36;
const LINE = 16;

const websonColour = '#2f81f7';
/** Of every other server: told from a light background and from a dark one. */
const peerColour = '#8b949e';

/** Colour of texts and lines on a light background, and on a dark one. */
const ink = ['#1f2328', '#e6edf3'] as const;
const faintInk = ['#59636e', '#9198a1'] as const;
const grid = ['#d1d9e0', '#3d444d'] as const;

/** A line of the chart: the title of a group, or a server with its bar. */
type Row = { readonly heading: string } | Bar;

/** Room, as a logarithm, for a figure to the left of the lowest bar. */
const figureRoom = 0.6;

/**
 * Draws the ratios as bars under the title of their cell, on a logarithmic axis from 1. The SVG has no background, and its
 * texts and lines follow the reader's choice of light or dark.
 */
export function drawChart({ baseline, groups, notes: origin }: Figures): string {
  const bars = groups.flatMap((group) => group.bars);
  const isBound = bars.some(({ isLoadBound }) => isLoadBound);
  const notes = [...origin, ...(isBound ? ['* the load was the bottleneck, here or of what is 1'] : [])];
  const rows = groups.flatMap(({ title, bars }): Row[] => [{ heading: title }, ...bars]);
  const least = Math.min(0, ...bars.map(({ ratio }) => Math.log2(ratio)));
  const below = AXIS + notes.length * LINE;
  const height = ABOVE + rows.length * ROW + below;
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  try {
    chart.setOption({
      animation: false,
      textStyle: { fontFamily: 'system-ui, sans-serif' },
      title: [
        {
          text: `Messages echoed per second; ${baseline} = 1`,
          textStyle: { fontSize: 16, color: ink[0] },
          left: 8,
          top: 6,
        },
        ...rows.flatMap((row, line) =>
          'heading' in row
            ? {
                text: row.heading,
                textStyle: { fontSize: 12, color: ink[0] },
                left: 8,
                top: ABOVE + line * ROW,
                padding: 3,
              }
            : [],
        ),
        ...notes.map((text, line) => ({
          text,
          textStyle: { fontSize: 11, fontWeight: 'normal' as const, color: faintInk[0] },
          left: 8,
          top: height - (notes.length - line) * LINE - 8,
        })),
      ],
      grid: { top: ABOVE, bottom: below, left: LABELS, right: 56, outerBoundsMode: 'none' },
      // The logarithm is taken here: bars then begin at 1, and what is slower goes to the left of it.
      xAxis: {
        type: 'value',
        interval: 1,
        ...(least < 0 && { min: Math.floor(least - figureRoom) }),
        axisLabel: { formatter: (power: number) => times(2 ** power), color: faintInk[0] },
        splitLine: { lineStyle: { color: grid[0] } },
      },
      yAxis: {
        type: 'category',
        inverse: true,
        data: rows.map((row) => ('heading' in row ? '' : row.title)),
        axisTick: { show: false },
        axisLine: { onZero: true, lineStyle: { color: faintInk[0] } },
        axisLabel: { interval: 0, color: ink[0] },
      },
      series: {
        type: 'bar',
        barWidth: ROW - 7,
        data: rows.map((row) => ('heading' in row ? '-' : toBar(row))),
      },
    });
    return adapt(chart.renderToSVGString());
  } finally {
    chart.dispose();
  }
}

/** A bar as ECharts has it. */
function toBar({ title, ratio, isLoadBound }: Bar): object {
  return {
    value: Math.log2(ratio),
    itemStyle: { color: title.startsWith('webson') ? websonColour : peerColour },
    label: {
      show: true,
      position: ratio < 1 ? 'left' : 'right',
      color: ink[0],
      formatter: `${times(ratio)}${isLoadBound ? ' *' : ''}`,
    },
  };
}

function times(ratio: number): string {
  return `${ratio < 10 ? Number(ratio.toPrecision(2)) : Math.round(ratio)} ×`;
}

/** Adds what makes texts and lines light where the reader's background is dark: a style wins over an attribute. */
function adapt(svg: string): string {
  const rules = [ink, faintInk, grid].map(
    ([light, dark]) => `[fill="${light}"] { fill: ${dark}; } [stroke="${light}"] { stroke: ${dark}; }`,
  );
  const style = `<style>@media (prefers-color-scheme: dark) { ${rules.join(' ')} }</style>`;
  return `${svg.replace(/(?<=^<svg[^>]*>)/, style)}\n`;
}
