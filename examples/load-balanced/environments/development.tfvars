# One server more than nothing.
environment = "development"
servers     = 1
