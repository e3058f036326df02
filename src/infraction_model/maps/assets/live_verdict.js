// What an officer found on the spot goes back to the town: a question first, for a list moves under
// a thumb; and the token, where this browser has not given it yet.
function makeVerdict(page, words, zoneOf, told) {
  let asked = null;
  let token = "";

  function say(key) {
    page.verdict_failed.textContent = key ? words.text(key) : "";
    page.verdict_failed.classList.toggle("asks", key === "token_needed");
  }

  function askForToken(key) {
    page.token_label.hidden = false;
    page.token.focus();
    say(key);
  }

  async function send() {
    const { alert, right } = asked;
    const headers = { "Content-Type": "application/json" };
    if (token) headers.Authorization = `Bearer ${token}`;
    const way = `alerts/${encodeURIComponent(alert.alert_id)}/verdict`;
    const answer = await fetch(way, { method: "POST", headers, body: JSON.stringify({ right }) }).catch(() => null);
    if (answer && answer.status === 202) {
      page.verdict.close();
      told(alert, right);
    } else if (answer && answer.status === 401) {
      askForToken(token ? "token_wrong" : "token_needed");
    } else {
      say(answer && answer.status === 404 ? "verdict_gone" : "verdict_failed");
    }
  }

  page.verdict.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!page.token_label.hidden) token = page.token.value.trim();
    page.verdict_send.disabled = true;
    await send();
    page.verdict_send.disabled = false;
  });
  page.verdict_cancel.addEventListener("click", () => page.verdict.close());

  return (alert, right) => {
    asked = { alert, right };
    const zone = words.zone(zoneOf.get(alert.zone_id), alert.zone_id);
    page.verdict_title.textContent = words.text(right ? "right" : "wrong");
    page.verdict_where.replaceChildren(nameNode(zone), ` · ${words.text("bay", { bay: alert.bay_id })}`);
    page.verdict_meaning.textContent = words.text(right ? "right_means" : "wrong_means");
    say(null);
    page.verdict.showModal();
  };
}
