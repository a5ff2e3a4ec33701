"""What guided maintenance is: tables, rules, state machines and live rooms."""
