// The open alerts, the most worthwhile first; a card stays the same element while its place changes.
const AT_FIRST = 40;
const MORE = 100;

// What a patrol gains most from first; between equals the older alert, then the lesser name.
function ranked(alerts) {
  return alerts.sort((a, b) => b.value - a.value || a.opened_at - b.opened_at || (a.alert_id < b.alert_id ? -1 : 1));
}

function makeList(page, words, data, zoneOf, act) {
  const cards = new Map();
  let room = AT_FIRST;
  page.more.addEventListener("click", () => {
    room += MORE;
    act.again();
  });
  page.cards.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const heads = [...page.cards.querySelectorAll(".card-head")];
    const next = step && heads[heads.indexOf(event.target) + step];
    if (!next || !heads.includes(event.target)) return;
    event.preventDefault();
    next.focus();
  });

  function cardOf(alert) {
    if (!cards.has(alert.alert_id)) cards.set(alert.alert_id, makeCard(alert.alert_id, words, data, zoneOf, act));
    return cards.get(alert.alert_id);
  }

  // Moving an element takes the keyboard's place from it: only those that are out of place move.
  function place(nodes) {
    const focused = document.activeElement;
    const wanted = new Set(nodes);
    [...page.cards.children].forEach((node) => wanted.has(node) || node.remove());
    nodes.forEach((node, position) => {
      const there = page.cards.children[position];
      if (there !== node) page.cards.insertBefore(node, there || null);
    });
    if (focused !== document.activeElement && page.cards.contains(focused)) focused.focus({ preventScroll: true });
  }

  return {
    // `alerts` in their order; `rankOf` tells the place of each among all that are open.
    show(alerts, rankOf, state) {
      const listed = alerts.slice(0, room);
      const chosen = alerts.find((alert) => alert.alert_id === state.chosen);
      if (chosen && !listed.includes(chosen)) listed.push(chosen);
      const nodes = listed.map((alert) => {
        const card = cardOf(alert);
        const id = alert.alert_id;
        card.update(alert, rankOf.get(id), id === state.chosen, state.reported.get(id) ?? alert.verdict, state.clock);
        return card.node;
      });
      place(nodes);
      cards.forEach((card, id) => state.alerts.has(id) || cards.delete(id));
      page.more.hidden = alerts.length <= room;
    },

    reveal(id) {
      const card = cards.get(id);
      if (card) card.node.scrollIntoView({ block: "nearest" });
    },
  };
}
