"""The roof: plugs the rooms together for people, for the provider, for the command line."""
