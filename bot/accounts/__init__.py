"""Staff accounts: who may do what, passwords, signing in. Shared by console and command line."""
