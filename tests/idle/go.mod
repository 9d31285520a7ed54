module idle

go 1.18
