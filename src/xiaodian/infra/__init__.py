"""The machines the rooms stand on: database, clock, timers, jobs, the web edge, files, secrets."""
