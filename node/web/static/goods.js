// What is chosen of goods: price, stock and quantity follow the variant, and ways of delivery the country. The node checks it all again.
export function goods() {
  const buy = document.getElementById('buy');
  const checkout = document.getElementById('checkout');
  for (const form of [buy, checkout]) watch(form, followVariant);
  if (checkout?.elements['delivery.option']) watch(checkout, followCountry);
  if (buy) hideBarBeside(buy);
}

function watch(form, follow) {
  form?.addEventListener('change', () => follow(form));
  if (form) follow(form);
}

function followVariant(form) {
  const chosen = form.querySelector('[name$="variant"]:checked');
  if (!chosen) return;
  form.querySelector('[name$="quantity"]').max = chosen.dataset.most;
  for (const [name, text] of [['price', chosen.dataset.price], ['stock', chosen.dataset.stock]]) {
    for (const place of document.querySelectorAll(`[data-shows="${name}"]`)) place.textContent = text ?? '';
  }
}

// ---- delivery

const ADDRESS = ['name', 'address', 'country'];
const serves = (option, country) => {
  const zones = option.dataset.zones.split(' ').filter(Boolean);
  return !zones.length || !country || zones.includes('*') || zones.includes(country);
};
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

function followCountry(form) {
  const options = [...form.querySelectorAll('[name="delivery.option"]')];
  const country = form.elements['delivery.country'];
  const chosen = options.find((option) => option.checked);
  form.noValidate = false;
  for (const name of ADDRESS) form.elements[`delivery.${name}`].required = chosen?.value !== 'pickup';
  for (const option of options) {
    option.closest('.option').classList.toggle('unfit', !serves(option, country.value));
  }
  tell(country, chosen && !serves(chosen, country.value) ? chosen : null, options);
}

// Beside the country, and before any wallet is asked for: browsers don't submit a form with a custom validity.
function tell(country, wrong, options) {
  const place = document.getElementById('unfit');
  const says = wrong
    ? fill(place.dataset.says, { label: wrong.dataset.label, country: country.selectedOptions[0].text })
    : '';
  country.setCustomValidity(says);
  if (wrong) country.setAttribute('aria-invalid', 'true');
  else country.removeAttribute('aria-invalid');
  place.hidden = !wrong;
  country.closest('.field').append(place);
  place.replaceChildren(says, ...(wrong ? instead(place, options, country.value) : []));
}

function instead(place, options, country) {
  const fit = options.find((option) => option.dataset.zones && serves(option, country));
  if (!fit) return [];
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'btn second slim';
  button.textContent = fill(place.dataset.instead, { label: fit.dataset.label });
  button.addEventListener('click', () => {
    fit.checked = true;
    fit.dispatchEvent(new Event('change', { bubbles: true }));
    fit.focus();
  });
  return [button];
}

// ---- the bar at the foot of a small screen, while what it leads to is out of sight

function hideBarBeside(form) {
  const bar = document.getElementById('buy-bar');
  if (!bar) return;
  const looking = new IntersectionObserver(([seen]) => { bar.hidden = seen.isIntersecting; }, { rootMargin: '0px 0px -128px' });
  looking.observe(form.querySelector('button'));
}
