"use strict";
// Draws every element with data-chart, in the colours of the page, and again when they change.
(() => {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const draw = (place) => {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    echarts.getInstanceByDom(place)?.dispose();
    const axis = {
      axisLine: { lineStyle: { color: colour("--line") } },
      axisLabel: { color: colour("--pico-muted-color") },
      splitLine: { lineStyle: { color: colour("--line") } },
    };
    const theme = {
      color: [1, 2, 3, 4, 5].map((number) => colour(`--chart-${number}`)),
      textStyle: { color: colour("--pico-color"), fontFamily: getComputedStyle(place).fontFamily },
      categoryAxis: axis,
      valueAxis: axis,
    };
    const chart = echarts.init(place, theme, { renderer: "canvas" });
    chart.setOption({
      animation: !window.matchMedia("(prefers-reduced-motion: reduce)").matches,
      ...JSON.parse(place.dataset.chart),
    });
  };
  const all = () => document.querySelectorAll("[data-chart]").forEach(draw);
  all();
  dark.addEventListener("change", all);
  document.addEventListener("htmx:load", (event) => {
    if (event.target !== document.body) event.target.querySelectorAll("[data-chart]").forEach(draw);
  });
  window.addEventListener("resize", () => {
    document.querySelectorAll("[data-chart]").forEach((place) => echarts.getInstanceByDom(place)?.resize());
  });
})();
