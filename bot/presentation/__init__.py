"""From jobs, balances and errors to embeds and words. Pure: nothing here waits."""
