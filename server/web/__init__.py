"""Pages, API and signalling socket."""
