environment = "production"
platform    = "aws"
servers     = 6
zones       = 3
workers     = 4
size        = "medium"
