// How a page opens: its parts by their names, its data unpacked; nothing is asked of any network.
const canUnpack = () => typeof DecompressionStream === "function";

function namedParts() {
  const parts = {};
  document.querySelectorAll("[data-part]").forEach((node) => {
    parts[node.dataset.part] = node;
  });
  return parts;
}

// JSON, deflated, in base 64, from the element of that id.
async function readPacked(id) {
  const signs = atob(document.getElementById(id).textContent);
  const packed = new Uint8Array(signs.length);
  for (let place = 0; place < signs.length; place += 1) packed[place] = signs.charCodeAt(place);
  const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(unpacked).text());
}
