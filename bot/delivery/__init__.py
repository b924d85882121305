"""From the provider's address to something that fits: fetch, check, plan, fit."""
