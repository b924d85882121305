"""The commands: parse, call one service, reply."""
