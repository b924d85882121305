// What a select offers. Pure.

/** List what a select offers: its own options, or people, roles and channels. */
export function choicesOf(component, place) {
  const members = place.members.map((each) => ({ value: each.id, label: `@${each.name}` }));
  const roles = place.roles.map((each) => ({ value: each.id, label: `@${each.name}` }));
  const channels = place.channels.filter((each) => !each.direct)
    .map((each) => ({ value: each.id, label: `#${each.name}` }));
  const offered = { 5: members, 6: roles, 7: [...members, ...roles], 8: channels }[component.type];
  return offered ?? (component.options ?? []).map((option) => ({
    value: option.value,
    label: option.label,
    note: option.description,
    chosen: option.default === true,
  }));
}
