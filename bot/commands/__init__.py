"""Commands of the command line, one file per subject; they print, and decide nothing."""
