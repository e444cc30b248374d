"""Ground floor: settings, database, clock and logging. Knows no other room."""
