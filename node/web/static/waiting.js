// How many orders wait for this person, beside "Orders" and in the title: asked anew whenever an order has changed.
export function waiting() {
  const badge = document.getElementById('waiting');
  const title = document.title;
  badge.addEventListener('refresh', async () => {
    const answer = await fetch('/orders/waiting', { headers: { accept: 'application/json' } }).catch(() => null);
    if (!answer?.ok) return;
    const { count, text } = await answer.json();
    badge.hidden = count === 0;
    badge.title = text;
    badge.firstElementChild.textContent = count;
    badge.lastElementChild.textContent = text;
    document.title = count ? `(${count}) ${title}` : title;
  });
}
