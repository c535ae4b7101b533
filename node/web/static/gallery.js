// The pictures of a listing: a scrolling track, with buttons and thumbnails for those who want them.
export function galleries() {
  for (const gallery of document.querySelectorAll('[data-gallery]')) start(gallery);
}

function start(gallery) {
  const track = gallery.querySelector('.track');
  const thumbs = [...gallery.querySelectorAll('.thumbs button')];
  if (!thumbs.length) return;
  const calm = matchMedia('(prefers-reduced-motion: reduce)');
  const shown = () => Math.round(track.scrollLeft / track.clientWidth);
  const go = (index) =>
    track.scrollTo({
      left: ((index + thumbs.length) % thumbs.length) * track.clientWidth,
      behavior: calm.matches ? 'instant' : 'smooth',
    });
  thumbs.forEach((thumb, index) => thumb.addEventListener('click', () => go(index)));
  gallery.querySelector('.previous').addEventListener('click', () => go(shown() - 1));
  gallery.querySelector('.next').addEventListener('click', () => go(shown() + 1));
  track.addEventListener('scroll', () => {
    thumbs.forEach((thumb, index) => thumb.setAttribute('aria-current', index === shown()));
  }, { passive: true });
}
