# As production, on this machine and smaller.
environment = "staging"
servers     = 3
zones       = 3
workers     = 2
