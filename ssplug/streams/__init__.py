"""Live media: hubs, subscriptions, sources, derived forms."""
