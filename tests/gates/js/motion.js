// Whatever still moves although the reader asked for rest.

const found = [];
const seconds = (list) => Math.max(0, ...list.split(',').map((each) => parseFloat(each) * (each.includes('ms') ? 0.001 : 1)));
for (const element of document.querySelectorAll('*')) {
  for (const part of [null, '::before', '::after']) {
    const style = getComputedStyle(element, part);
    const animated = style.animationName !== 'none' && seconds(style.animationDuration) > 0;
    if (animated) found.push(['moves', `${nameOf(element)} is animated`]);
    if (seconds(style.transitionDuration) + seconds(style.transitionDelay) > 0) found.push(['moves', `${nameOf(element)} has a transition`]);
    if (style.scrollBehavior === 'smooth') found.push(['moves', `${nameOf(element)} scrolls smoothly`]);
  }
}
for (const element of document.querySelectorAll('marquee, blink, video[autoplay], img[src$=".gif"]')) found.push(['moves', nameOf(element)]);
return found;
