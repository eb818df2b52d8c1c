"""What each platform's channels need beside their adapter: its events, its forms, its keys."""
