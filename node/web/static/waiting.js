// How many orders wait for this person, beside "Orders" and in the title: asked anew whenever an order has changed.
export function waiting() {
  const badge = document.getElementById('waiting');
  let mark = '';
  const entitle = (wanted) => {
    const title = mark && document.title.startsWith(mark) ? document.title.slice(mark.length) : document.title;
    mark = wanted;
    if (document.title !== mark + title) document.title = mark + title;
  };
  // A part of the page that is fetched anew brings the page's title along, without the number.
  new MutationObserver(() => entitle(mark)).observe(document.querySelector('title'), { childList: true });
  badge.addEventListener('refresh', async () => {
    const answer = await fetch('/orders/waiting', { headers: { accept: 'application/json' } }).catch(() => null);
    if (!answer?.ok) return;
    const { count, text } = await answer.json();
    badge.hidden = count === 0;
    badge.title = text;
    badge.firstElementChild.textContent = count;
    badge.lastElementChild.textContent = text;
    entitle(count ? `(${count}) ` : '');
  });
}
