const SVG = 'http://www.w3.org/2000/svg';
/** How many round trips are drawn. */
export const BARS = 60;
const HEIGHT = 100;
const GAP = 0.28;

/** Draws times as bars, the newest at the right, the largest as high as the picture. */
export function drawSparkline(svg: SVGSVGElement, times: readonly number[]): void {
  const largest = Math.max(...times);
  const bars = times.map((time, index) => {
    // The shortest is still to be seen.
    const height = Math.max(2, (time / largest) * HEIGHT);
    const bar = document.createElementNS(SVG, 'rect');
    bar.setAttribute('x', `${BARS - times.length + index + GAP / 2}`);
    bar.setAttribute('y', `${HEIGHT - height}`);
    bar.setAttribute('width', `${1 - GAP}`);
    bar.setAttribute('height', `${height}`);
    return bar;
  });
  svg.replaceChildren(...bars);
}
