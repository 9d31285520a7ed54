module goagent

go 1.18
