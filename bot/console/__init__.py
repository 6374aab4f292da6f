"""The console under ``/console/`` (design §5): pages for staff. See README.md of this folder."""
