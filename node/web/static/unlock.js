// The secret comes in the fragment of the address, which browsers never send; it becomes a cookie that scripts can't read.
const token = new URLSearchParams(location.hash.slice(1)).get('token');
const show = (id, yes) => { document.getElementById(id).hidden = !yes; };

// Only a path of this node: never a link that leads elsewhere.
function next() {
  const wanted = new URLSearchParams(location.search).get('next') ?? '/';
  return /^\/(?![/\\])[^\\\s]*$/.test(wanted) ? wanted : '/';
}

async function unlock() {
  show('unlock-busy', true);
  history.replaceState(null, '', location.pathname + location.search);
  const answer = await fetch('/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
  }).catch(() => null);
  if (answer?.ok) location.replace(next());
  show('unlock-busy', !!answer?.ok);
  show('unlock-wrong', !answer?.ok);
}

if (token) unlock();
