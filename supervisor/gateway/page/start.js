
// What the server has sent is painted first, and can be read. Then comes the script that
// keeps it up to date. A tab in the background is not painted.
(async () => {
  if (!document.hidden) {
    await new Promise((go) => {
      new PerformanceObserver(go).observe({ type: "paint", buffered: true });
      setTimeout(go, 1000); // of a browser that does not say
    });
  }
  const script = document.createElement("script");
  script.src = "/page.js";
  document.head.append(script);
})();
