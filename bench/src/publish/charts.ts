/** Charts of rows and of growth as SVG, drawn by ECharts without a browser. */
import { BarChart, LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { Growth } from '../report/growth.ts';
import type { Row } from '../report/rows.ts';
import { short } from './numbers.ts';

use([BarChart, LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

const WIDTH = 760;
const BAR_HEIGHT = 30;
const MARGIN = 60;
const TITLE = { left: 8, top: 6, textStyle: { fontSize: 15 } };
const COLORS = { varve: '#b4532a', store: '#6b7f8c', variant: '#b8c4cb', limit: '#dcd9d0' };

/** One bar per contender, from the first down; the bar of Varve stands out. */
export function barChart({ title, unit, better, entries }: Row): string {
  const bars = entries.map(({ contender, kind, median }) => ({
    value: median,
    itemStyle: { color: contender === 'varve' ? COLORS.varve : COLORS[kind] },
    label: { show: true, position: 'right', formatter: short(median) },
  }));
  return draw(MARGIN + BAR_HEIGHT * entries.length, {
    title: { text: `${title}, ${unit}${better === 'less' ? ' (less is better)' : ''}`, ...TITLE },
    grid: { left: 240, right: 70, top: 40, bottom: 10 },
    xAxis: { type: 'value', axisLabel: { show: false }, splitLine: { show: false } },
    yAxis: { type: 'category', inverse: true, data: entries.map(({ title: name }) => name), axisTick: { show: false } },
    series: [{ type: 'bar', silent: true, data: bars, barWidth: BAR_HEIGHT * 0.6 }],
  });
}

/** One line per contender, over the number of events. */
export function growthChart(growths: readonly Growth[]): string {
  const title = `${growths[0]?.title ?? ''}: nanoseconds an event, by the number of events`;
  return draw(320, {
    title: { text: title, ...TITLE },
    legend: { left: 8, top: 36, itemGap: 24 },
    grid: { left: 70, right: 30, top: 76, bottom: 40 },
    xAxis: { type: 'log', axisLabel: { formatter: (value: number) => short(value) } },
    yAxis: { type: 'value', min: 0, axisLabel: { formatter: (value: number) => short(value) } },
    series: growths.map(({ contender, contenderTitle, costs }) => ({
      type: 'line',
      silent: true,
      name: contenderTitle,
      ...(contender === 'varve' && { lineStyle: { width: 3 }, itemStyle: { color: COLORS.varve } }),
      data: costs.map(({ eventCount, cost }) => [eventCount, cost]),
    })),
  });
}

function draw(height: number, option: EChartsCoreOption): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  chart.setOption({ animation: false, backgroundColor: '#ffffff', ...option });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return `${svg}\n`;
}
