(function () {
  "use strict";
  const choice = document.getElementById("choice");
  const sheets = Array.from(document.querySelectorAll(".sheet"));

  function show() {
    for (const sheet of sheets) {
      sheet.hidden = choice.value !== "all" && sheet.id !== choice.value;
    }
    window.scrollTo(0, 0);
  }

  function follow() {
    const name = window.location.hash.slice(1);
    if (sheets.some((sheet) => sheet.id === name)) {
      choice.value = name;
      show();
    }
  }

  choice.addEventListener("change", show);
  window.addEventListener("hashchange", follow);
  document.getElementById("print").addEventListener("click", () => window.print());
  document.getElementById("bar").hidden = false;
  follow();
  document.documentElement.dataset.ready = "true";
})();
