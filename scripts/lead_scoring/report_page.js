// Draws each chart into the element of its name, in the colours that the reader prefers.
(async () => {
  const { specs, themes } = JSON.parse(document.getElementById("charts").textContent);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  async function draw() {
    const theme = dark.matches ? "dark" : "light";
    document.documentElement.dataset.drawn = "no";
    for (const [name, spec] of Object.entries(specs)) {
      const place = document.getElementById(name);
      try {
        await window.vegaEmbed(place, spec, {
          actions: false,
          // Without it, expressions were compiled, which the page's policy forbids.
          ast: true,
          config: themes[theme],
          defaultStyle: false,
          mode: "vega-lite",
          renderer: "svg",
          tooltip: { theme },
        });
      } catch (error) {
        place.textContent = "This chart could not be drawn; its figures stand in the table below.";
        console.error(`${name}: ${error}`);
      }
    }
    document.documentElement.dataset.drawn = "yes";
  }

  dark.addEventListener("change", draw);
  await draw();
})();
