"use strict";
// Draws every element with data-chart, in the colours of the page, and again when they change.
(() => {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const draw = (place) => {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    echarts.getInstanceByDom(place)?.dispose();
    const chart = echarts.init(place, null, { renderer: "canvas" });
    chart.setOption({
      color: [1, 2, 3, 4, 5].map((number) => colour(`--chart-${number}`)),
      textStyle: { color: colour("--pico-color"), fontFamily: "inherit" },
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
