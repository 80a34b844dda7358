// Text that cannot be read in the reader's own few colours, and buttons without an edge.

const found = [];
for (const run of textRuns().filter((each) => each.seen)) {
  const ground = groundOf(run.element);
  const ratio = contrast(over(rgba(getComputedStyle(run.element).color), ground), ground);
  if (ratio < 4.5) found.push(['text', `${nameOf(run.element)} has a contrast of ${ratio.toFixed(1)}`]);
}
for (const button of ours().querySelectorAll('button, .button, input[type=submit], [role=button]')) {
  if (!isShown(button)) continue;
  const style = getComputedStyle(button);
  const edge = ['Top', 'Right', 'Bottom', 'Left'].some((side) => parseFloat(style[`border${side}Width`]) >= 1 && style[`border${side}Style`] !== 'none');
  if (!edge) found.push(['edge', `${nameOf(button)} has no border`]);
}
return found;
