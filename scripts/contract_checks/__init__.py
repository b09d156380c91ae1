"""The promises of docs/api.md, a module a section. Standard library only."""
