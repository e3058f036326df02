// What the server tells, as it happens: server-sent events, and whether they still come.
const SILENCE = 40000; // milliseconds; the server says something every 15 s
const AGAIN = 4000;

// `hear.all(news)` replaces what was known, `hear.changes(news)` adds to it, `hear.beat(news)` tells
// the clock. `hear.state(name, since)`: "live", "cut" (since when, in ms) or "refused".
function makeFeed(hear) {
  let source = null;
  let last = Date.now();
  let watch = null;

  function heard(tell) {
    return (event) => {
      last = Date.now();
      hear.state("live", null);
      tell(JSON.parse(event.data));
      listen();
    };
  }

  // A phone that changes its network may never be told that the line is dead.
  function listen() {
    clearTimeout(watch);
    watch = setTimeout(reopen, SILENCE);
  }

  function reopen() {
    source.close();
    hear.state("cut", last);
    open();
  }

  // A line that breaks is taken up again by the browser; one that was refused is not.
  async function fallen() {
    hear.state("cut", last);
    if (source.readyState !== EventSource.CLOSED) return;
    clearTimeout(watch);
    const answer = await fetch("alerts.json", { cache: "no-store" }).catch(() => null);
    if (answer && answer.status === 401) hear.state("refused", last);
    else setTimeout(open, AGAIN);
  }

  function open() {
    source = new EventSource("events");
    source.addEventListener("all", heard(hear.all));
    source.addEventListener("changes", heard(hear.changes));
    source.addEventListener("beat", heard(hear.beat));
    source.addEventListener("error", fallen);
    listen();
  }

  // A phone that was asleep asks at once what has happened.
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && Date.now() - last > SILENCE / 2) reopen();
  });
  open();
}
